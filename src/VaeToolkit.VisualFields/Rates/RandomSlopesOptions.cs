using VaeToolkit.Evaluation;

namespace VaeToolkit.VisualFields;

/// <summary>How <see cref="RandomSlopes.Fit"/> looks for the cohort's parameters.</summary>
public sealed record RandomSlopesOptions
{
    /// <summary>Most steps of expectation maximisation, at least 1; default 200.</summary>
    public int MaxIterations { get; init; } = 200;

    /// <summary>
    /// Stops when a step adds less than this to the mean log-likelihood of a field's numbers, in nats, at least 0; default 1e-5.
    /// </summary>
    public double Tolerance { get; init; } = 1e-5;

    internal RandomSlopesOptions Validated()
    {
        OptionRange.Require(MaxIterations >= 1, nameof(MaxIterations), MaxIterations, "must be at least 1");
        OptionRange.Require(Tolerance >= 0 && double.IsFinite(Tolerance), nameof(Tolerance), Tolerance, "must be a number of at least 0");
        return this;
    }
}
