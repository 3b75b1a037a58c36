using TorchSharp;
using VaeToolkit.Objectives;

namespace VaeToolkit.Training;

/// <summary>What a run writes under <see cref="TrainingOptions.CheckpointDirectory"/>, and how it finds its way back from there.</summary>
internal sealed class RunFolder
{
    private readonly CheckpointStore checkpoints;
    private readonly MetricsLog metrics;
    private readonly TrainingOptions options;
    private readonly torch.optim.Optimizer optimizer;

    /// <exception cref="NotSupportedException">The optimiser's state cannot be saved.</exception>
    public RunFolder(string directory, TrainingOptions options, torch.optim.Optimizer optimizer)
    {
        if (!OptimizerFile.CanSave(optimizer))
            throw new NotSupportedException($"The state of a {optimizer.GetType().Name} cannot be saved; use FusedAdam or an optimiser that derives from OptimizerHelper, or train without a CheckpointDirectory.");
        Directory.CreateDirectory(directory);
        (this.options, this.optimizer) = (options, optimizer);
        checkpoints = new(directory);
        metrics = new(Path.Combine(directory, "metrics.jsonl"));
    }

    /// <summary>Finds the last checkpoint and what it says of itself, or null when there is none.</summary>
    public (string Folder, CheckpointState State)? FindLast() =>
        checkpoints.Find(CheckpointStore.Last) is { } found ? (found, CheckpointStore.ReadState(found, options)) : null;

    /// <summary>Loads a checkpoint.</summary>
    public void Load<TModel>(TModel model, Objective<TModel> objective, (string Folder, CheckpointState State) checkpoint)
        where TModel : torch.nn.Module
    {
        CheckpointStore.Load(checkpoint.Folder, model, optimizer);
        objective.LoadState(checkpoint.State.Objective);
    }

    /// <summary>Writes the options, and the metrics of the epochs that the run goes on from.</summary>
    public void Begin(IReadOnlyList<EpochSummary> history)
    {
        checkpoints.SaveOptions(options);
        metrics.Restart(history);
    }

    /// <summary>Writes an epoch's metrics and checkpoints; returns the checkpoints' folders.</summary>
    public IReadOnlyList<string> EpochEnded<TModel>(TModel model, Objective<TModel> objective, IReadOnlyList<EpochSummary> history, bool isBest)
        where TModel : torch.nn.Module
    {
        metrics.Append(history[^1]);
        var state = new CheckpointState(CheckpointState.NewestVersion, options.Seed, options.BatchSize, objective.SaveState(), history);
        List<string> written = [];
        if (isBest && options.KeepBest)
            written.Add(checkpoints.Save(CheckpointStore.Best, model, optimizer, state));
        written.Add(checkpoints.Save(CheckpointStore.Last, model, optimizer, state));
        return written;
    }
}
