using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>How <see cref="Segmentation.Predict"/> predicts.</summary>
public sealed record SegmentationPredictionOptions
{
    /// <summary>
    /// T, the weight samples of a Bayesian network that are averaged, at least 1; 1 uses the means. Default 10.
    /// A deterministic network has one.
    /// </summary>
    public int Samples { get; init; } = 10;

    /// <summary>Volumes computed together, at least 1. Default 2; libtorch 1.x is several times slower a volume with 1 on a CPU.</summary>
    public int BatchSize { get; init; } = 2;

    /// <summary>Seed of the weight samples. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The ranks that divide the volumes, in whole batches; all make the same call and get the same prediction, one process's. Default
    /// null: this process alone.
    /// </summary>
    public IExchange? Exchange { get; init; }

    internal SegmentationPredictionOptions Validated()
    {
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        return this;
    }
}
