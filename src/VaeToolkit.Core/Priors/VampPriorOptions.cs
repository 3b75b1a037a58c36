using TorchSharp;

namespace VaeToolkit;

/// <summary>How the pseudo-inputs of a <see cref="VampPrior"/> start, and what of the prior is learned.</summary>
public sealed record VampPriorOptions
{
    /// <summary>
    /// The initial pseudo-inputs <c>[M, *item]</c>, such as the first M training items; they are copied, and the tensor stays the caller's.
    /// Null (default) for noise.
    /// </summary>
    public torch.Tensor? InitialInputs { get; init; }

    /// <summary>Mean of the initial noise; default 0.5. Used without <see cref="InitialInputs"/>.</summary>
    public double NoiseMean { get; init; } = 0.5;

    /// <summary>Standard deviation of the initial noise, above 0; default 0.1. Noise outside the range is brought to its ends.</summary>
    public double NoiseStandardDeviation { get; init; } = 0.1;

    /// <summary>
    /// Whether pseudo-inputs are kept in [<see cref="Minimum"/>, <see cref="Maximum"/>] by a hard tanh, as in the paper; default true.
    /// If not, they are free numbers. Training data must lie in the range, or the check before training refuses them.
    /// </summary>
    public bool KeepInRange { get; init; } = true;

    /// <summary>The lower end of the data's range; default 0.</summary>
    public double Minimum { get; init; }

    /// <summary>The upper end of the data's range; default 1.</summary>
    public double Maximum { get; init; } = 1;

    /// <summary>Whether the components' weights are learned; by default they are all 1 / M, as in the paper.</summary>
    public bool LearnWeights { get; init; }
}
