namespace VaeToolkit.Volumes;

/// <summary>How a large volume is predicted window by window.</summary>
public sealed record SlidingWindowOptions
{
    private readonly double _overlap = 0.5;
    private readonly int _batchSize = 2;

    /// <summary>Extents of a window.</summary>
    public required VolumeSize Window { get; init; }

    /// <summary>The part of a window that at least lies on the next one, in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not in [0, 1).</exception>
    public double Overlap
    {
        get => _overlap;
        init => _overlap = value is >= 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The overlap lies in [0, 1).");
    }

    /// <summary>
    /// Windows a call of the network, at least 1. On CPUs convolutions of a single item are several times slower per item,
    /// so the last batch is filled up by repeating.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int BatchSize
    {
        get => _batchSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _batchSize = value;
        }
    }

    /// <summary>
    /// Whether windows count more towards their middle, by a Gaussian with a standard deviation of an eighth of the window;
    /// otherwise all voxels count alike.
    /// </summary>
    public bool GaussianWeights { get; init; } = true;

    /// <summary>
    /// What a mirror image does to labels: then each window is predicted a second time mirrored along the axis that runs closest to left
    /// and right, and the mean of both is taken. Channel k of what the network returns is label k where there are pairs, so the channels
    /// of a pair are exchanged. Null, the default, predicts each window once.
    /// </summary>
    public LabelSymmetry? Mirrored { get; init; }
}
