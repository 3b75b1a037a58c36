using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>Where normal components start, and between which deviations they stay.</summary>
public sealed record NormalStart
{
    /// <summary>The covariance's form; default diagonal.</summary>
    public ComponentCovariance Covariance { get; init; }

    /// <summary>s, the deviation of the initial means around the origin, above 0: it should cover the target. Default 3.</summary>
    public double Spread { get; init; } = 3;

    /// <summary>
    /// The least initial deviation, above 0; it is drawn log-uniformly between this and <see cref="LargestDeviation"/>. Default 0.5.
    /// </summary>
    public double SmallestDeviation { get; init; } = 0.5;

    /// <summary>The largest initial deviation; default 1.</summary>
    public double LargestDeviation { get; init; } = 1;

    /// <summary>
    /// The deviation below which components never shrink, above 0; default 0.02. It keeps them from collapsing onto a point.
    /// </summary>
    public double Minimum { get; init; } = 0.02;

    /// <summary>The deviation above which components never grow; default 5.</summary>
    public double Maximum { get; init; } = 5;

    /// <summary>Where components are made, which is where the target gets its points; default the CPU.</summary>
    public torch.Device Device { get; init; } = torch.CPU;

    internal NormalStart Validated()
    {
        OptionRange.RequireKnown(Covariance, nameof(Covariance));
        OptionRange.Require(Spread > 0 && double.IsFinite(Spread), nameof(Spread), Spread, "Spread must be a number above 0");
        OptionRange.Require(SmallestDeviation > 0, nameof(SmallestDeviation), SmallestDeviation, "SmallestDeviation must be above 0");
        OptionRange.Require(LargestDeviation >= SmallestDeviation, nameof(LargestDeviation), LargestDeviation,
            "LargestDeviation must be at least SmallestDeviation");
        OptionRange.Require(Minimum > 0, nameof(Minimum), Minimum, "Minimum must be above 0");
        OptionRange.Require(
            Maximum > Minimum && double.IsFinite(Maximum), nameof(Maximum), Maximum, "Maximum must be a number above Minimum");
        return this;
    }
}
