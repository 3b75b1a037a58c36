namespace VaeToolkit.Evaluation;

/// <summary>Options of <see cref="FeatureClassifier.Train"/>.</summary>
public sealed record FeatureClassifierOptions
{
    /// <summary>F, features, at least 1; default 64.</summary>
    public int Features { get; init; } = 64;

    /// <summary>Passes over the images, at least 1; default 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Images a step, at least 1; default 100, or all if there are fewer.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Adam's step size, above 0; default 10⁻³.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>The seed of the weights and the order; default 0.</summary>
    public long Seed { get; init; }

    internal FeatureClassifierOptions Validated()
    {
        Shape.RequirePositive(Features, "Features", nameof(Features));
        Shape.RequirePositive(Epochs, "Epochs", nameof(Epochs));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        OptionRange.Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate,
            "LearningRate must be a positive number");
        return this;
    }
}
