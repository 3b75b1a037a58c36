using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>Where continual learning stands: what strategies are told.</summary>
/// <param name="Model">The model.</param>
/// <param name="Task">The task under way.</param>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Options">How tasks are trained.</param>
public sealed record ContinualStage(Vae Model, ContinualTask Task, int Number, ContinualOptions Options)
{
    /// <summary>Items that are trained on: the task's own, and what strategies add.</summary>
    public long TrainingItems { get; init; } = Task.Train.Count;

    /// <summary>Optimiser steps of an epoch, over <see cref="TrainingItems"/>.</summary>
    public long StepsPerEpoch => Options.LastBatch == LastBatch.Keep
        ? (TrainingItems + Options.BatchSize - 1) / Options.BatchSize : TrainingItems / Options.BatchSize;

    /// <summary>The task, its number, and what it is trained on.</summary>
    public override string ToString() => $"task {Task.Name}, number {Number}: {TrainingItems} items, {StepsPerEpoch} steps an epoch";
}
