using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>The modules of the core.</summary>
internal static class CoreEntries
{
    private static readonly EncoderOptions s_halfEncoder = new() { Precision = MatrixPrecision.BFloat16 };
    private static readonly DecoderOptions s_halfDecoder = new() { Precision = MatrixPrecision.BFloat16 };

    public static IEnumerable<ModuleEntry> All => [.. Encoders, .. Decoders, .. Likelihoods, .. Priors, .. Models];

    /// <summary>A small VAE over items of six values.</summary>
    public static Vae SmallVae(Func<Encoder, Prior>? prior = null)
    {
        var encoder = new MlpEncoder(6, 2, [5]);
        return new(encoder, new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), prior?.Invoke(encoder) ?? new StandardNormalPrior(2));
    }

    /// <summary>The bound at the posterior's mean, which draws nothing.</summary>
    public static torch.Tensor Bound(Vae vae, Place place)
    {
        var x = place.Levels([4, .. vae.ItemShape]);
        var posterior = vae.Encode(x);
        var code = posterior.Mean;
        return (posterior.LogProb(code) - vae.Prior.LogProb(code) - vae.Decode(code).LogProb(x)).mean();
    }

    /// <summary>For what is trained with a seed of its own: one from TorchSharp's generator.</summary>
    public static long AnySeed()
    {
        using var scope = torch.NewDisposeScope();
        return torch.randint(0, 1000, [1], torch.int64).item<long>();
    }

    /// <summary>An entry of a VAE.</summary>
    public static ModuleEntry OfVae(string name, Func<Vae> make) => ModuleEntry.Of(name, make, Bound) with
    {
        Save = (module, path) => ((Vae)module).SaveWeights(path),
        Load = (module, path) =>
        {
            ((Vae)module).LoadWeights(path);
            return module;
        },
    };

    private static IEnumerable<ModuleEntry> Encoders =>
    [
        ModuleEntry.OfEncoder(nameof(MlpEncoder), () => new MlpEncoder(6, 2, [5, 4]), 4, 6),
        ModuleEntry.OfEncoder("MlpEncoder in bfloat16", () => new MlpEncoder(6, 2, [5, 4], s_halfEncoder), 4, 6)
            with { Tolerance = ModuleEntry.HalfPrecision },
        .. Enum.GetValues<Activation>().Select(activation => ModuleEntry.OfEncoder(
            $"MlpEncoder with {activation}", () => new MlpEncoder(6, 2, [5], new() { Activation = activation, LogVariance = null }), 4, 6)),
        ModuleEntry.OfEncoder(nameof(ConvEncoder), () => new ConvEncoder([1, 8, 8], 2, [3, 4], 5), 4, 1, 8, 8),
        ModuleEntry.OfEncoder(nameof(ResidualEncoder), () => Stirred(new ResidualEncoder([3, 8, 8], 2, [3, 4], 1, 5)), 4, 3, 8, 8),
    ];

    private static IEnumerable<ModuleEntry> Decoders =>
    [
        ModuleEntry.OfDecoder(nameof(MlpDecoder), () => new MlpDecoder(2, [5, 4], ObservationModel.Bernoulli(6))),
        ModuleEntry.OfDecoder(
            "MlpDecoder in bfloat16",
            () => new MlpDecoder(2, [5, 4], ObservationModel.Bernoulli(6), s_halfDecoder)) with { Tolerance = ModuleEntry.HalfPrecision },
        ModuleEntry.OfDecoder("MlpDecoder of shared variance", () => new MlpDecoder(2, [5], ObservationModel.SharedGaussian(6))),
        ModuleEntry.OfDecoder(nameof(ConvDecoder), () => new ConvDecoder(2, ObservationModel.LearnedGaussian(1, 8, 8), [3, 4], 5)),
        ModuleEntry.OfDecoder(
            nameof(ResidualDecoder),
            () => Stirred(new ResidualDecoder(2, ObservationModel.DiscretisedLogisticMixture(2, 3, 8, 8), [3, 4], 1, 5))),
    ];

    // Blocks begin as the identity, where the gradient does not reach inside them.
    private static TModule Stirred<TModule>(TModule module)
        where TModule : torch.nn.Module
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var parameter in module.parameters())
            parameter.add_(torch.randn_like(parameter) * 0.1);
        return module;
    }

    private static IEnumerable<ModuleEntry> Likelihoods =>
    [
        Fixed("Bernoulli", () => ObservationModel.Bernoulli(6)),
        Fixed("Gaussian", () => ObservationModel.Gaussian(0.5, 6)),
        Fixed("LearnedGaussian", () => ObservationModel.LearnedGaussian(2, 3, 2)),
        ModuleEntry.OfLikelihood("ObservationModel.SharedGaussian", () => ObservationModel.SharedGaussian(6)),
        Fixed("Laplace", () => ObservationModel.Laplace(0.5, 6)),
        Fixed("LearnedLaplace", () => ObservationModel.LearnedLaplace(6)),
        Fixed("DiscretisedLogistic", () => ObservationModel.DiscretisedLogistic(6)),
        Fixed("DiscretisedLogisticMixture", () => ObservationModel.DiscretisedLogisticMixture(2, 2, 3, 1)),
        Fixed("Categorical", () => ObservationModel.Categorical(2, 3, 1)),
        Fixed("ContinuousBernoulli", () => ObservationModel.ContinuousBernoulli(6)),
    ];

    private static IEnumerable<ModuleEntry> Priors =>
    [
        ModuleEntry.OfPrior(nameof(StandardNormalPrior), () => new StandardNormalPrior(2)) with { HasParameters = false },
        ModuleEntry.OfPrior(nameof(LearnedNormalPrior), () => new LearnedNormalPrior(2)),
        ModuleEntry.OfPrior(nameof(MixtureOfGaussiansPrior), () => new MixtureOfGaussiansPrior(2, 3)),
        ModuleEntry.OfPrior("MixtureOfGaussiansPrior of many", () => new MixtureOfGaussiansPrior(2, 20)),
        ModuleEntry.OfPrior(
            "MixtureOfGaussiansPrior of fixed weights", () => new MixtureOfGaussiansPrior(2, 3, new() { LearnWeights = false })),
        ModuleEntry.OfPrior(nameof(RealNvpPrior), () => new RealNvpPrior(3, 2, [4])),
        OfVae(nameof(VampPrior), () => SmallVae(encoder => new VampPrior(encoder, [6], 3))),
        OfVae("VampPrior of learned weights", () => SmallVae(encoder => new VampPrior(encoder, [6], 20, new() { LearnWeights = true }))),
    ];

    private static IEnumerable<ModuleEntry> Models =>
    [
        OfVae(nameof(Vae), () => SmallVae()),
        ModuleEntry.Of(nameof(FeatureClassifier), TrainedClassifier, (classifier, place)
            => torch.nn.functional.cross_entropy(classifier.forward(place.Unit(4, 1, 8, 8)), place.Classes(2, 4))),
    ];

    private static ModuleEntry Fixed(string name, Func<ObservationModel> make)
        => ModuleEntry.OfLikelihood($"ObservationModel.{name}", make) with { HasParameters = false };

    private static FeatureClassifier TrainedClassifier()
    {
        using var scope = torch.NewDisposeScope();
        using var images = ImageData.FromTensor(torch.arange(8 * 64).reshape(8, 1, 8, 8).to(torch.uint8), Place.Usual.Classes(2, 8));
        return FeatureClassifier.Train(images, new() { Features = 4, Epochs = 1, Seed = AnySeed() });
    }
}
