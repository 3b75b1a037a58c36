using VaeToolkit.Evaluation;
using VaeToolkit.Storage;

namespace VaeToolkit.Boosting;

/// <summary>Options of <see cref="IncrementalClassifier"/>.</summary>
public sealed record IncrementalOptions
{
    /// <summary>Passes over a task's images, at least 1; default 8.</summary>
    public int Passes { get; init; } = 8;

    /// <summary>Images a step, at least 1; default 50.</summary>
    public int BatchSize { get; init; } = 50;

    /// <summary>Adam's first step size, above 0; default 10⁻³. It falls to a tenth along a cosine.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>σ_p, the deviation of the factorised normal prior N(0, σ_p² I), above 0; default 0.3.</summary>
    public double PriorDeviation { get; init; } = 0.3;

    /// <summary>The log-variance at which every weight starts; default −8.</summary>
    public double InitialLogVariance { get; init; } = -8;

    /// <summary>λ of the boosting step, above 0; default 1.</summary>
    public double RatioWeight { get; init; } = 1;

    /// <summary>
    /// Passes during which the divergence from the prior warms up, at least 0 and at most <see cref="Passes"/>; default 1.
    /// </summary>
    public double WarmUpPasses { get; init; } = 1;

    /// <summary>Whether a component's weight is its task's share of the images; default false, equal weights.</summary>
    public bool WeightsByImages { get; init; }

    /// <summary>S, networks drawn from every component for predictions, at least 1; default 10.</summary>
    public int PredictionSamples { get; init; } = 10;

    /// <summary>The seed of every task; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    internal PartDescription Describe() => new PartDescription("incremental-options").With("passes", Passes).With("batch_size", BatchSize)
        .With("learning_rate", LearningRate).With("prior_deviation", PriorDeviation).With("initial_log_variance", InitialLogVariance)
        .With("ratio_weight", RatioWeight).With("warm_up_passes", WarmUpPasses).With("weights_by_images", WeightsByImages)
        .With("prediction_samples", PredictionSamples).With("seed", Seed);

    internal static IncrementalOptions From(PartOptions options) => new IncrementalOptions
    {
        Passes = options.Count("passes"),
        BatchSize = options.Count("batch_size"),
        LearningRate = options.Number("learning_rate"),
        PriorDeviation = options.Number("prior_deviation"),
        InitialLogVariance = options.Number("initial_log_variance"),
        RatioWeight = options.Number("ratio_weight"),
        WarmUpPasses = options.Number("warm_up_passes"),
        WeightsByImages = options.Flag("weights_by_images"),
        PredictionSamples = options.Count("prediction_samples"),
        Seed = options.WholeNumber("seed"),
    }.Validated();

    internal IncrementalOptions Validated()
    {
        Shape.RequirePositive(Passes, "Passes", nameof(Passes));
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        Shape.RequirePositive(PredictionSamples, "PredictionSamples", nameof(PredictionSamples));
        RequirePositive(LearningRate, nameof(LearningRate));
        RequirePositive(PriorDeviation, nameof(PriorDeviation));
        RequirePositive(RatioWeight, nameof(RatioWeight));
        OptionRange.Require(
            double.IsFinite(InitialLogVariance), nameof(InitialLogVariance), InitialLogVariance, "InitialLogVariance must be a number");
        OptionRange.Require(WarmUpPasses >= 0 && double.IsFinite(WarmUpPasses), nameof(WarmUpPasses), WarmUpPasses,
            "WarmUpPasses must be a number of at least 0");
        OptionRange.Require(WarmUpPasses <= Passes, nameof(WarmUpPasses), WarmUpPasses, FormattableString.Invariant(
            $"WarmUpPasses must be at most Passes, {Passes}, or the divergence's weight ends at {Passes / WarmUpPasses:G4} of its own"));
        return this;
    }

    private static void RequirePositive(double value, string name)
        => OptionRange.Require(value > 0 && double.IsFinite(value), name, value, $"{name} must be a number above 0");
}
