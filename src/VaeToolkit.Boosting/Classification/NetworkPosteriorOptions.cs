using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>Options of <see cref="NetworkPosterior"/>.</summary>
public sealed record NetworkPosteriorOptions
{
    /// <summary>Images a step, at least 1; default 100, or all if there are fewer.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// During this many first passes the divergence from the prior counts with a factor that rises to 1, at least 0; default 1. It keeps
    /// most weights from falling back to the prior before the likelihood has found a use for them.
    /// </summary>
    public double WarmUpPasses { get; init; } = 1;

    /// <summary>The seed of the batches' order; default 0.</summary>
    public long Seed { get; init; }

    internal NetworkPosteriorOptions Validated()
    {
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        OptionRange.Require(WarmUpPasses >= 0 && double.IsFinite(WarmUpPasses), nameof(WarmUpPasses), WarmUpPasses,
            "WarmUpPasses must be a number of at least 0");
        return this;
    }
}
