namespace VaeToolkit;

/// <summary>How a <see cref="MixtureOfGaussiansPrior"/> starts and what of it is learned.</summary>
public sealed record MixtureOfGaussiansOptions
{
    /// <summary>
    /// Standard deviation of the initial means around the origin, at least 0; default 1. Means that are all equal stay equal.
    /// </summary>
    public double InitialSpread { get; init; } = 1;

    /// <summary>The initial log-variance of every component; default 0.</summary>
    public double InitialLogVariance { get; init; }

    /// <summary>The initial weights π as probabilities, one for each component, that sum to one; null (default) for uniform.</summary>
    public IReadOnlyList<double>? InitialWeights { get; init; }

    /// <summary>Whether the weights are learned; default true. If not, they stay at <see cref="InitialWeights"/>.</summary>
    public bool LearnWeights { get; init; } = true;

    /// <summary>The range that log-variances are clamped to, by default [−6, 2]; null for none.</summary>
    public LogVarianceRange? LogVariance { get; init; } = new();

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);
}
