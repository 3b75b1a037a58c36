using TorchSharp;
using VaeToolkit.Boosting;
using VaeToolkit.Storage;

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
        ModuleEntry.Of(nameof(IncrementalClassifier), Learned, (classifier, place)
            => torch.nn.functional.cross_entropy(classifier.call(place.Unit(4, 1, 8, 8)).log(), place.Classes(2, 4))) with
        {
            HasParameters = false,
            Tolerance = ModuleEntry.DrawsNumbers,
            NotOnMeta = "the weights of the components are read at every prediction",
        },
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

    // Trained once: the parameters of its training are none of the module's.
    private static readonly Lazy<IReadOnlyDictionary<string, byte[]>> s_learned = new(Learn);

    /// <summary>What an incremental classifier has learned from two tasks, as its folder gives it.</summary>
    private static torch.nn.Module<torch.Tensor, torch.Tensor> Learned()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, content) in s_learned.Value)
            File.WriteAllBytes(folder[name], content);
        var learned = ModelFolder.Load<torch.nn.Module<torch.Tensor, torch.Tensor>>(folder.Folder);
        learned.train();
        return learned;
    }

    private static Dictionary<string, byte[]> Learn()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var images = ImageData.FromTensor(torch.arange(8 * 64).reshape(8, 1, 8, 8).to(torch.uint8), Place.Usual.Classes(2, 8));
        using var classifier = new IncrementalClassifier(
            new([1, 8, 8], [2], [3], classes: 2), images, IncrementalMethod.Mixture,
            new() { Passes = 1, BatchSize = 4, PredictionSamples = 2 });
        classifier.Learn([0]);
        classifier.Learn([1]);
        classifier.Save(folder["model"]);
        return Directory.GetFiles(folder["model"]).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    private static Vae Closed(Vae vae)
    {
        ((BoostedPrior)vae.Prior).EndTask();
        vae.eval();
        return vae;
    }
}
