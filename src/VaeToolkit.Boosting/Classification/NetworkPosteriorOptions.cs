using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>Options of <see cref="NetworkPosterior"/>.</summary>
public sealed record NetworkPosteriorOptions
{
    /// <summary>Images a step, at least 1; default 100, or all if there are fewer.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// During this many first passes the divergence from the prior counts with a factor that rises to 1, at least 0. It keeps most weights
    /// from falling back to the prior before the likelihood has found a use for them. Null, the default, is one pass, but no more than 400
    /// steps, which is what a component step has by default (<see cref="BoostingOptions.Steps"/>).
    /// </summary>
    public double? WarmUpPasses { get; init; }

    /// <summary>The seed of the batches' order; default 0.</summary>
    public long Seed { get; init; }

    internal double WarmUpSteps(int stepsPerPass)
        => WarmUpPasses is { } passes ? passes * stepsPerPass : Math.Min(stepsPerPass, BoostingOptions.DefaultSteps);

    internal NetworkPosteriorOptions Validated()
    {
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        if (WarmUpPasses is { } passes)
            OptionRange.Require(passes >= 0 && double.IsFinite(passes), nameof(WarmUpPasses), passes,
                "WarmUpPasses must be a number of at least 0");
        return this;
    }
}
