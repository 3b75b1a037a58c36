using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Storage;

/// <summary>The parts of this assembly.</summary>
internal static class CoreParts
{
    internal static IEnumerable<KeyValuePair<string, Func<PartOptions, torch.nn.Module>>> All { get; } =
        new Dictionary<string, Func<PartOptions, torch.nn.Module>>
        {
            [Vae.PartName] = Vae.From,
            [MlpEncoder.PartName] = MlpEncoder.From,
            [ConvEncoder.PartName] = ConvEncoder.From,
            [MlpDecoder.PartName] = MlpDecoder.From,
            [ConvDecoder.PartName] = ConvDecoder.From,
            [ResidualEncoder.PartName] = ResidualEncoder.From,
            [ResidualDecoder.PartName] = ResidualDecoder.From,
            [StandardNormalPrior.PartName] = StandardNormalPrior.From,
            [LearnedNormalPrior.PartName] = LearnedNormalPrior.From,
            [MixtureOfGaussiansPrior.PartName] = MixtureOfGaussiansPrior.From,
            [RealNvpPrior.PartName] = RealNvpPrior.From,
            [VampPrior.PartName] = VampPrior.From,
            [SequenceEncoder.PartName] = SequenceEncoder.From,
            [RecurrentDecoder.PartName] = RecurrentDecoder.From,
            [FeatureClassifier.PartName] = FeatureClassifier.From,
            ["bernoulli"] = options => ObservationModel.Bernoulli(Item(options)),
            ["gaussian"] = options => ObservationModel.Gaussian(options.Number("variance"), Item(options)),
            ["learned-gaussian"] = options => ObservationModel.LearnedGaussian(options.Range("log_variance"), Item(options)),
            ["shared-gaussian"] = options => ObservationModel.SharedGaussian(options.Range("log_variance"), Item(options)),
            ["laplace"] = options => ObservationModel.Laplace(options.Number("scale"), Item(options)),
            ["learned-laplace"] = options => ObservationModel.LearnedLaplace(Item(options)),
            ["discretised-logistic"] = options => ObservationModel.DiscretisedLogistic(Item(options)),
            [DiscretisedLogisticMixtureObservationModel.PartName] = DiscretisedLogisticMixtureObservationModel.From,
            ["categorical"] = options => ObservationModel.Categorical(Item(options)),
            ["continuous-bernoulli"] = options => ObservationModel.ContinuousBernoulli(Item(options)),
        };

    private static IReadOnlyList<long> Item(PartOptions options) => options.WholeNumbers("item_shape");
}
