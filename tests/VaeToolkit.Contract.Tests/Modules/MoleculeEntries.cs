using TorchSharp;
using VaeToolkit.Molecules;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the chemical VAE.</summary>
internal static class MoleculeEntries
{
    public static IEnumerable<ModuleEntry> All =>
    [
        ModuleEntry.Of(nameof(PropertyNetwork), () => new PropertyNetwork(2, 3, new() { Hidden = [5, 4], Dropout = 0 }), (network, place)
            => network.forward(place.Centred(4, 2)).square().mean()),
        OfModel(nameof(MoleculeVae), withProperties: true),
        OfModel("MoleculeVae without properties", withProperties: false),
    ];

    /// <summary>A few strings with a property.</summary>
    public static MoleculeTable Table { get; } = new(["abc", "b", "cc", "ca"], ["p"], new[,] { { 1.0 }, { 2.0 }, { 4.0 }, { 8.0 } });

    /// <summary>A small model of them, without dropout.</summary>
    public static MoleculeVae Model(bool withProperties = true) => new(
        new TokenAlphabet(["a", "b", "c"]), 6, withProperties ? PropertyScaling.Fit(Table) : null, new()
        {
            LatentSize = 2,
            Encoder = new() { Channels = [4], Widths = [3], Hidden = 5 },
            Decoder = new() { Hidden = 5, EmbeddingSize = 4, PlaceFeatures = 3, WordDropout = 0 },
            Properties = new() { Hidden = [4], Dropout = 0 },
        });

    /// <summary>Rows of tokens and the property, <c>[4, 7]</c>.</summary>
    public static torch.Tensor Items(Place place) => torch.cat([SequenceEntries.Rows(place), place.Centred(4, 1)], 1);

    private static ModuleEntry OfModel(string name, bool withProperties)
        => ModuleEntry.Of(name, () => Model(withProperties), Loss) with { NativeParameters = SequenceEntries.NativeParameters };

    private static torch.Tensor Loss(MoleculeVae model, Place place)
    {
        var items = model.Scaling is null ? SequenceEntries.Rows(place) : Items(place);
        var posterior = model.Encode(items);
        var code = posterior.Mean;
        var loss = (posterior.LogProb(code) - model.Vae.Prior.LogProb(code) - model.Decode(code).LogProb(model.Tokens(items))).mean();
        return model.Scaling is null ? loss : loss + model.Predict(code).square().mean().to(code.dtype);
    }
}
