using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>How one boosting step is done. The defaults suit targets of a few dimensions and unit scale.</summary>
public sealed record BoostingOptions
{
    internal const int DefaultSteps = 400;

    /// <summary>
    /// λ, above 0: how strongly the component follows log p − log q_t against its own entropy. Below 1 it is flatter, above 1 sharper;
    /// default 1.
    /// </summary>
    public double RatioWeight { get; init; } = 1;

    /// <summary>Adam steps for a component, at least 1; default 400.</summary>
    public int Steps { get; init; } = DefaultSteps;

    /// <summary>
    /// Adam steps, at least 0, that follow on the bound of (1 − α) q_t + α h itself with α = 1/(t + 1); default 300. The objective
    /// above is its linear part at α = 0, which prefers places where the mixture has nothing to whole modes: of a cross, half an arm.
    /// 0 leaves the published step.
    /// </summary>
    public int RefinementSteps { get; init; } = 300;

    /// <summary>Samples of each candidate a step, at least 1; default 32.</summary>
    public int SamplesPerStep { get; init; } = 32;

    /// <summary>Adam's first step size, above 0; default 0.05.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Adam's last step size, reached along a cosine, above 0; default 0.005.</summary>
    public double FinalLearningRate { get; init; } = 0.005;

    /// <summary>
    /// Fresh samples of each candidate by which candidates are ranked where no gain is estimated, at least 1; default 2048.
    /// </summary>
    public int ScoringSamples { get; init; } = 2048;

    /// <summary>
    /// What keeps the objective bounded; default N(0, 6² I) with ε = 10⁻³. Null for none, where components are bounded anyway.
    /// </summary>
    public BoostingGuard? Guard { get; init; } = BoostingGuard.Normal(6);

    /// <summary>How the mixture's weights are chosen when a component joins; default <see cref="BisectionWeight"/>.</summary>
    public WeightRule Weights { get; init; } = new BisectionWeight();

    /// <summary>
    /// A component is accepted if it raises the evidence lower bound of the mixture, estimated on common samples, by more than this many
    /// nats; default 10⁻³. Of several candidates the one with the largest gain joins.
    /// Null accepts the candidate with the largest objective and estimates nothing.
    /// </summary>
    public double? MinimumGain { get; init; } = 1e-3;

    /// <summary>
    /// Samples of the new component, and together of the old ones, for the weights and the gain, at least 1; default 4096.
    /// </summary>
    public int WeightSamples { get; init; } = 4096;

    internal BoostingOptions Validated()
    {
        OptionRange.Require(
            RatioWeight > 0 && double.IsFinite(RatioWeight), nameof(RatioWeight), RatioWeight, "RatioWeight (λ) must be a number above 0");
        Shape.RequirePositive(Steps, "Steps", nameof(Steps));
        OptionRange.Require(RefinementSteps >= 0, nameof(RefinementSteps), RefinementSteps, "RefinementSteps must be at least 0");
        Shape.RequirePositive(SamplesPerStep, "SamplesPerStep", nameof(SamplesPerStep));
        OptionRange.Require(
            LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "LearningRate must be a number above 0");
        OptionRange.Require(
            FinalLearningRate > 0 && double.IsFinite(FinalLearningRate), nameof(FinalLearningRate), FinalLearningRate,
            "FinalLearningRate must be a number above 0");
        Shape.RequirePositive(ScoringSamples, "ScoringSamples", nameof(ScoringSamples));
        Shape.RequirePositive(WeightSamples, "WeightSamples", nameof(WeightSamples));
        ArgumentNullException.ThrowIfNull(Weights);
        if (MinimumGain is { } gain)
            OptionRange.Require(double.IsFinite(gain), nameof(MinimumGain), gain, "MinimumGain must be a finite number, or null for none");
        return this;
    }

    /// <summary>Adam's step size at a step, along half a cosine.</summary>
    internal double RateAt(int step, int steps)
        => FinalLearningRate + (LearningRate - FinalLearningRate) * (1 + Math.Cos(Math.PI * step / steps)) / 2;
}
