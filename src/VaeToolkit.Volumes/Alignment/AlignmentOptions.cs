using VaeToolkit.Evaluation;

namespace VaeToolkit.Volumes;

/// <summary>How a volume is aligned.</summary>
public sealed record AlignmentOptions
{
    private readonly int _stepsPerLevel = 100;

    /// <summary>How it may be moved.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public AlignmentMotion Motion { get; init => field = OptionRange.RequireKnown(value, nameof(Motion)); } = AlignmentMotion.Affine;

    /// <summary>What is maximised.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the enumeration's values.</exception>
    public AlignmentSimilarity Similarity { get; init => field = OptionRange.RequireKnown(value, nameof(Similarity)); }

    /// <summary>Steps of Adam at each resolution, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int StepsPerLevel
    {
        get => _stepsPerLevel;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _stepsPerLevel = value;
        }
    }
}
