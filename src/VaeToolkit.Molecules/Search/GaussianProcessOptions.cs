namespace VaeToolkit.Molecules;

/// <summary>How <see cref="GaussianProcess.Fit"/> finds a process's parameters.</summary>
public sealed record GaussianProcessOptions
{
    /// <summary>Steps of gradient ascent (Adam) on the log marginal likelihood, at least 1; default 100.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The step's size in the logarithms of the parameters, above 0; default 0.1.</summary>
    public double StepSize { get; init; } = 0.1;

    /// <summary>
    /// The least share of the targets' variance that is noise, above 0; default 1e-4. A process without any cannot be computed where two
    /// inputs are almost the same.
    /// </summary>
    public double LeastNoise { get; init; } = 1e-4;

    internal GaussianProcessOptions Validated()
    {
        Shape.RequirePositive(Steps, "Steps", nameof(Steps));
        if (!(StepSize > 0 && double.IsFinite(StepSize)))
            throw new ArgumentOutOfRangeException(nameof(StepSize), StepSize, "StepSize must be a number above 0");
        return LeastNoise > 0 && double.IsFinite(LeastNoise)
            ? this
            : throw new ArgumentOutOfRangeException(nameof(LeastNoise), LeastNoise, "LeastNoise must be a number above 0");
    }
}
