using TorchSharp;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the library of weight priors.</summary>
internal static class WeightPriorEntries
{
    /// <summary>A network of two levels.</summary>
    public static UNet3dOptions Small { get; } = new() { Widths = [2, 4], BlocksPerLevel = 2, BottleneckBlocks = 1 };

    private static UNet3dOptions Other { get; }
        = Small with { Normalisation = Normalisation.Group, Skip = SkipMode.Concatenate, Classes = 3 };

    public static IEnumerable<ModuleEntry> All =>
    [
        ModuleEntry.Of(nameof(BayesianConv3d), () => new BayesianConv3d(2, 3), (layer, place)
            => layer.forward(place.Centred(1, 2, 4, 4, 4)).square().mean()) with { Tolerance = ModuleEntry.DrawsNumbers },
        ModuleEntry.Of("BayesianConv3d of drawn weights", () => new BayesianConv3d(2, 3) { Mode = ForwardMode.WeightSample }, (layer, place)
            => layer.forward(place.Centred(1, 2, 4, 4, 4)).square().mean()) with { Tolerance = ModuleEntry.DrawsNumbers },
        OfNetwork(nameof(UNet3d), () => new UNet3d(Small)),
        OfNetwork("UNet3d with groups and concatenation", () => new UNet3d(Other)),
        OfNetwork(nameof(BayesianUNet3d), () => new BayesianUNet3d(Small)) with { Tolerance = ModuleEntry.DrawsNumbers },
        OfNetwork("BayesianUNet3d with groups and concatenation", () => new BayesianUNet3d(Other))
            with { Tolerance = ModuleEntry.DrawsNumbers },
        CoreEntries.OfVae("KernelVae, fully connected", () => Kernels(KernelArchitecture.Mlp)),
        CoreEntries.OfVae("KernelVae, convolutional", () => Kernels(KernelArchitecture.Convolutional)),
    ];

    /// <summary>A VAE of kernels, as its training gives it, after a step.</summary>
    public static Vae Kernels(KernelArchitecture architecture)
    {
        using var scope = torch.NewDisposeScope();
        var weights = new Dictionary<string, torch.Tensor> { ["layer.weight"] = Place.Usual.Centred(4, 2, 3, 3, 3) };
        var sets = KernelHarvest.Of([new(0, 0, weights)], KernelGrouping.PerLayer(["layer"]));
        using var kernels = sets.Single();
        var options = new KernelVaeOptions { Architecture = architecture, LatentSize = 2, Steps = 1, Seed = CoreEntries.AnySeed() };
        return KernelVaeTraining.Train(kernels, options).Vae;
    }

    private static ModuleEntry OfNetwork(string name, Func<SegmentationNetwork> make) => ModuleEntry.Of(name, make, Loss) with
    {
        Save = (module, path) => ((SegmentationNetwork)module).SaveWeights(path),
        Load = (module, path) =>
        {
            ((SegmentationNetwork)module).LoadWeights(path);
            return module;
        },
    };

    // With other weights for every output, since the sum of a normalised map is always the same.
    private static torch.Tensor Loss(SegmentationNetwork network, Place place)
    {
        var logits = network.forward(place.Centred(1, 1, 4, 5, 4));
        return (logits * place.Unit(logits.shape)).sum();
    }
}
