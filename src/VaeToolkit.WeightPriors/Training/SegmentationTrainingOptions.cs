using System.Text.Json.Serialization;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>How <see cref="SegmentationTraining.Run"/> trains; every method of a comparison takes the same.</summary>
public sealed record SegmentationTrainingOptions
{
    /// <summary>T, optimiser steps, at least 1. Default 200.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Cycles of the learning rate, at least 1; 1 is cosine annealing. Default 1.</summary>
    public int Cycles { get; init; } = 1;

    /// <summary>Volumes a step, at least 1. Default 2; libtorch 1.x is several times slower a volume with 1 on a CPU.</summary>
    public int BatchSize { get; init; } = 2;

    /// <summary>Adam's rate at the start of each cycle, above 0. Default 0.004.</summary>
    public double LearningRate { get; init; } = 4e-3;

    /// <summary>A factor on the rate of a Bayesian network's log-variances, above 0. Default 1.</summary>
    public double LogVarianceRate { get; init; } = 1;

    /// <summary>The largest 2-norm of all gradients together, above 0. Default 5.</summary>
    public double GradientClip { get; init; } = 5;

    /// <summary>c in the penalty c Σ w² on deterministic weights, at least 0. Default 1e-4.</summary>
    public double WeightPenalty { get; init; } = 1e-4;

    /// <summary>Seed of the order of volumes, of augmentation and of the network's noise. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Changes every batch at random, or null for none. Default <see cref="VolumeAugmentations.Intensity"/>; mirror images are for labels
    /// of which it is known what they become: <see cref="VolumeAugmentations.FlipAndIntensity"/>. Of several ranks each changes its own
    /// volumes alone by these, and by the method <c>Apply</c> of an <c>Augmentation</c>, as one process changes them; by another, all
    /// volumes of the batch.
    /// </summary>
    [JsonIgnore]
    public VolumeAugmentation? Augmentation { get; init; } = VolumeAugmentations.Intensity;

    /// <summary>
    /// Whether a thread of its own takes and augments the volumes of the next step during each; batches are the same. Its
    /// <see cref="Augmentation"/> must then leave torch's shared generator alone, as those of the library do. Default null: where the
    /// network is not on the CPU, which has nothing left for it.
    /// </summary>
    [JsonIgnore]
    public bool? PrepareAhead { get; init; }

    /// <summary>
    /// Steps whose loss and terms are read together, at least 1: reading them waits for the network's device. Progress is told of steps
    /// then, in order and with each one's own numbers, and what is not finite is found then, at the latest before a cycle ends; a volume
    /// that it comes from is named only where steps are read one by one. Default null: 1 on the CPU, 50 elsewhere. Steps of ranks are read
    /// one by one.
    /// </summary>
    [JsonIgnore]
    public int? StepsPerReading { get; init; }

    /// <summary>
    /// The ranks that train together, each on its share of every batch; <see cref="BatchSize"/> is that of the whole batch. Progress and
    /// the ends of cycles are told on rank 0 alone. Default null: this process trains alone.
    /// </summary>
    [JsonIgnore]
    public IExchange? Exchange { get; init; }

    /// <summary>Refuses ranks, where a method writes or reads what only one of them has.</summary>
    internal void RequireAlone(string method)
    {
        if (Exchange is { Size: > 1 })
            throw new NotSupportedException(
                $"{method} is for one process: leave Exchange null, or train by {nameof(SegmentationTraining)}, which ranks divide");
    }

    internal SegmentationTrainingOptions Validated()
    {
        Shape.RequirePositive(BatchSize, "BatchSize", nameof(BatchSize));
        RequireAbove0(LearningRate, nameof(LearningRate));
        RequireAbove0(LogVarianceRate, nameof(LogVarianceRate));
        RequireAbove0(GradientClip, nameof(GradientClip));
        if (!(WeightPenalty >= 0 && double.IsFinite(WeightPenalty)))
            throw new ArgumentOutOfRangeException(
                nameof(WeightPenalty), WeightPenalty, "WeightPenalty must be a finite number of at least 0");
        if (StepsPerReading is { } together)
            Shape.RequirePositive(together, "StepsPerReading", nameof(StepsPerReading));
        _ = Schedule();
        return this;
    }

    internal CyclicalLearningRate Schedule() => new(Steps, Cycles, LearningRate);

    private static void RequireAbove0(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number above 0");
    }
}
