using System.Globalization;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;

namespace VaeToolkit.Boosting;

/// <summary>How a <see cref="BoostedPrior"/> grows.</summary>
public sealed record BoostedPriorOptions
{
    internal const int DefaultComponents = 50;

    /// <summary>K, most components of a task, at least 1; default 50 (the published configuration has 500).</summary>
    public int MaxComponents { get; init; } = DefaultComponents;

    /// <summary>λ of the component step, above 0; default 1.</summary>
    public double RatioWeight { get; init; } = 1;

    /// <summary>Adam steps for a pseudo-input, at least 1; default 1000.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Latent samples a step, at least 1; default 1. With more, fewer steps do.</summary>
    public int SamplesPerStep { get; init; } = 1;

    /// <summary>Adam's step size, above 0; default 0.003.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>How the components of a task are weighted; default equally.</summary>
    public WeightRule Weights { get; init; } = new EqualWeights();

    /// <summary>Mean of a pseudo-input's initial values, which are brought into the data's range; default 0.5.</summary>
    public double StartMean { get; init; } = 0.5;

    /// <summary>Standard deviation of a pseudo-input's initial values, at least 0; default 0.15.</summary>
    public double StartDeviation { get; init; } = 0.15;

    /// <summary>
    /// The lower end of the data's range, to which pseudo-inputs are clipped; default 0. Items with values below it are refused.
    /// The upper end is the largest value of the task's subset.
    /// </summary>
    public double Minimum { get; init; }

    /// <summary>
    /// Samples of the optimal prior by which <see cref="BoostedPrior.Prune"/> weighs components, at least 1; default 2000.
    /// </summary>
    public int PruneSamples { get; init; } = 2000;

    /// <summary>Sweeps of expectation maximisation in <see cref="BoostedPrior.Prune"/>, at least 1; default 100.</summary>
    public int PruneSweeps { get; init; } = 100;

    /// <summary>A component goes when its weight is below this share of 1/K, in [0, 1); default 1/20.</summary>
    public double PruneShare { get; init; } = 0.05;

    /// <summary>All of them in words.</summary>
    internal string Settings => string.Create(
        CultureInfo.InvariantCulture, $"at most {MaxComponents} components a task, ratio weight {RatioWeight}, {Steps} steps "
            + $"of {SamplesPerStep} samples at rate {LearningRate}, {Weights}, start {StartMean} ± {StartDeviation}, minimum "
            + $"{Minimum}, pruning by {PruneSamples} samples, {PruneSweeps} sweeps, share {PruneShare}");

    internal BoostedPriorOptions Validated()
    {
        Shape.RequirePositive(MaxComponents, "MaxComponents (K)", nameof(MaxComponents));
        OptionRange.Require(StartDeviation >= 0 && double.IsFinite(StartDeviation), nameof(StartDeviation), StartDeviation,
            "StartDeviation must be a number of at least 0");
        OptionRange.Require(double.IsFinite(StartMean), nameof(StartMean), StartMean, "StartMean must be finite");
        OptionRange.Require(double.IsFinite(Minimum), nameof(Minimum), Minimum, "Minimum must be finite");
        Shape.RequirePositive(PruneSamples, "PruneSamples", nameof(PruneSamples));
        Shape.RequirePositive(PruneSweeps, "PruneSweeps", nameof(PruneSweeps));
        OptionRange.Require(PruneShare is >= 0 and < 1, nameof(PruneShare), PruneShare, "PruneShare must be in [0, 1)");
        Step().Validated();
        return this;
    }

    /// <summary>Adds them to a description. They say how the prior grows; what it has grown to is among the weights.</summary>
    internal PartDescription AddTo(PartDescription part)
        => part.With("max_components", MaxComponents).With("ratio_weight", RatioWeight).With("steps", Steps)
            .With("samples_per_step", SamplesPerStep).With("learning_rate", LearningRate).With("weights", WeightRuleDescription.Of(Weights))
            .With("start_mean", StartMean).With("start_deviation", StartDeviation).With("minimum", Minimum)
            .With("prune_samples", PruneSamples).With("prune_sweeps", PruneSweeps).With("prune_share", PruneShare)
            .AsUsage("max_components", "ratio_weight", "steps", "samples_per_step", "learning_rate", "weights", "start_mean",
                "start_deviation", "minimum", "prune_samples", "prune_sweeps", "prune_share");

    internal static BoostedPriorOptions From(PartOptions options) => new()
    {
        MaxComponents = options.Count("max_components"),
        RatioWeight = options.Number("ratio_weight"),
        Steps = options.Count("steps"),
        SamplesPerStep = options.Count("samples_per_step"),
        LearningRate = options.Number("learning_rate"),
        Weights = options.Group("weights", WeightRuleDescription.Read),
        StartMean = options.Number("start_mean"),
        StartDeviation = options.Number("start_deviation"),
        Minimum = options.Number("minimum"),
        PruneSamples = options.Count("prune_samples"),
        PruneSweeps = options.Count("prune_sweeps"),
        PruneShare = options.Number("prune_share"),
    };

    // No guard, refinement or acceptance: the encoder's clamped output bounds components, and the published algorithm takes each of them.
    internal BoostingOptions Step() => new()
    {
        RatioWeight = RatioWeight,
        Steps = Steps,
        RefinementSteps = 0,
        SamplesPerStep = SamplesPerStep,
        LearningRate = LearningRate,
        FinalLearningRate = LearningRate,
        ScoringSamples = 64,
        Guard = null,
        Weights = Weights,
        MinimumGain = null,
    };
}
