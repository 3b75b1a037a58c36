using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>Adam over what is to be trained of a network. Frozen parameters are left out altogether.</summary>
internal static class NetworkOptimizer
{
    internal static JointOptimizer Create(
        SegmentationNetwork network, IEnumerable<Parameter> alongside, SegmentationTrainingOptions options)
    {
        Parameter[] logVariances = network is BayesianUNet3d twin ? [.. twin.BayesianLayers.Select(pair => pair.Layer.LogVariance)] : [];
        Parameter[] means = network is BayesianUNet3d other ? [.. other.BayesianLayers.Select(pair => pair.Layer.Mean)] : [];
        var bayesian = logVariances.Concat(means).ToHashSet(ReferenceEqualityComparer.Instance);
        // The gradient of c Σ w² is 2 c w.
        return new([.. new[]
        {
            Adam(network.parameters().Where(parameter => !bayesian.Contains(parameter)), options.LearningRate, 2 * options.WeightPenalty),
            Adam(means, options.LearningRate),
            Adam(logVariances, options.LearningRate * options.LogVarianceRate),
            Adam(alongside, options.LearningRate),
        }.OfType<torch.optim.Optimizer>()]);
    }

    private static torch.optim.Optimizer? Adam(IEnumerable<Parameter> parameters, double rate, double weightDecay = 0)
    {
        Parameter[] trained = [.. parameters.Where(parameter => parameter.requires_grad)];
        return trained.Length == 0 ? null : Optimizers.Adam(trained, rate, weightDecay: weightDecay);
    }
}
