using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>Where continual learning stands: what strategies are told.</summary>
/// <param name="Model">The model.</param>
/// <param name="Task">The task under way.</param>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Options">How tasks are trained.</param>
public sealed record ContinualStage(Vae Model, ContinualTask Task, int Number, ContinualOptions Options)
{
    /// <summary>The model.</summary>
    public Vae Model { get; init; } = Model ?? throw new ArgumentNullException(nameof(Model));

    /// <summary>The task under way.</summary>
    public ContinualTask Task { get; init; } = Task ?? throw new ArgumentNullException(nameof(Task));

    /// <summary>How tasks are trained.</summary>
    public ContinualOptions Options { get; init; } = Options ?? throw new ArgumentNullException(nameof(Options));

    /// <summary>Items that are trained on: the task's own, and what strategies add.</summary>
    public long TrainingItems { get; init; } = Task.Train.Count;

    /// <summary>Optimiser steps of an epoch, over <see cref="TrainingItems"/>.</summary>
    public long StepsPerEpoch => Options.LastBatch == LastBatch.Keep
        ? (TrainingItems + Options.BatchSize - 1) / Options.BatchSize : TrainingItems / Options.BatchSize;

    /// <summary>The task, its number, and what it is trained on.</summary>
    public override string ToString() => $"task {Task.Name}, number {Number}: {TrainingItems} items, {StepsPerEpoch} steps an epoch";
}
