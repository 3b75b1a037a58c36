using VaeToolkit.Evaluation;

namespace VaeToolkit.Mega;

/// <summary>How <see cref="MomentGaps"/> estimates.</summary>
public sealed record MomentGapOptions
{
    /// <summary>The data's estimator; default the slides'.</summary>
    public SecondMomentDivisor Divisor { get; init; } = SecondMomentDivisor.Slide;

    /// <summary>
    /// m, draws of z, at least 1; default 10,000. Used where a model has no closed form, and by <see cref="MomentGaps.MonteCarlo"/>.
    /// </summary>
    public int Draws { get; init; } = 10_000;

    /// <summary>Seed of the draws; default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Draws that are held at once, at least 1; default 2,000.</summary>
    public int BlockSize { get; init; } = 2_000;

    internal MomentGapOptions Validated()
    {
        OptionRange.RequireKnown(Divisor, nameof(Divisor));
        Shape.RequirePositive(Draws, "Draws", nameof(Draws));
        Shape.RequirePositive(BlockSize, "BlockSize", nameof(BlockSize));
        return this;
    }
}
