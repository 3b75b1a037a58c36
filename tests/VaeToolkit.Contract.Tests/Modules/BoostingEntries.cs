using TorchSharp;
using VaeToolkit.Boosting;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the boosting library.</summary>
internal static class BoostingEntries
{
    private const string ReadsItsTable = "weights and tasks of the components are read at every density, to choose the rows that take part";

    public static IEnumerable<ModuleEntry> All =>
    [
        CoreEntries.OfVae(nameof(BoostedPrior), BoostedVae) with { NotOnMeta = ReadsItsTable },
        CoreEntries.OfVae("BoostedPrior between tasks", () => Closed(BoostedVae())) with { NotOnMeta = ReadsItsTable },
        ModuleEntry.OfPrior(nameof(ExpandingMixturePrior), Expanding) with { NotOnMeta = "whether a task is open is read every time" },
        ModuleEntry.OfEncoder(
            nameof(MultiHeadEncoder), () => new MultiHeadEncoder([new MlpEncoder(6, 2, [5]), new MlpEncoder(6, 2, [4])]), 4, 6),
        ModuleEntry.OfDecoder(
            nameof(MultiHeadDecoder), () => new MultiHeadDecoder(3, new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), 2)),
    ];

    /// <summary>A VAE whose prior has a finished task and an open one.</summary>
    public static Vae BoostedVae()
    {
        var vae = CoreEntries.SmallVae(encoder => new BoostedPrior(encoder, [6], new() { MaxComponents = 3 }));
        var prior = (BoostedPrior)vae.Prior;
        using var scope = torch.NewDisposeScope();
        prior.BeginTask(Place.Usual.Unit(3, 6));
        prior.EndTask();
        prior.BeginTask(Place.Usual.Unit(5, 6));
        return vae;
    }

    /// <summary>A mixture with frozen components and an open task.</summary>
    public static ExpandingMixturePrior Expanding()
    {
        var prior = new ExpandingMixturePrior(2, 3);
        prior.EndTask();
        prior.BeginTask();
        return prior;
    }

    private static Vae Closed(Vae vae)
    {
        ((BoostedPrior)vae.Prior).EndTask();
        vae.eval();
        return vae;
    }
}
