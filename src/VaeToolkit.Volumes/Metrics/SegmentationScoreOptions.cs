using VaeToolkit.Evaluation;

namespace VaeToolkit.Volumes;

/// <summary>The conventions of <see cref="SegmentationScores"/>.</summary>
public sealed record SegmentationScoreOptions
{
    private readonly double _surfaceTolerance = 1;
    private readonly double _lesionOverlap;

    /// <summary>What overlap scores are where both masks are empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public EmptyMasks EmptyMasks { get; init => field = OptionRange.RequireKnown(value, nameof(EmptyMasks)); }

    /// <summary>What surface distances are where one mask is empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public MissingSurface MissingSurface { get; init => field = OptionRange.RequireKnown(value, nameof(MissingSurface)); }

    /// <summary>How HD95 brings the two directions together.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public PercentileConvention Percentile { get; init => field = OptionRange.RequireKnown(value, nameof(Percentile)); }

    /// <summary>The tolerance of the surface Dice in mm, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public double SurfaceTolerance
    {
        get => _surfaceTolerance;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _surfaceTolerance = value;
        }
    }

    /// <summary>The intersection over union from which on two lesions hit one another; at 0 one common voxel is enough.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in 0 to 1.</exception>
    public double LesionOverlap
    {
        get => _lesionOverlap;
        init => _lesionOverlap = value is >= 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "An intersection over union lies in 0 to 1.");
    }
}
