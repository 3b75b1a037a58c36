using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>What a run writes under <see cref="TrainingOptions.CheckpointDirectory"/>, and how it finds its way back from there.</summary>
internal sealed class RunFolder
{
    private const string Metrics = "metrics.jsonl";

    private readonly CheckpointStore _checkpoints;
    private readonly MetricsLog _metrics;
    private readonly TrainingOptions _options;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly torch.optim.Optimizer _optimizer;

    /// <exception cref="NotSupportedException">The optimiser's state cannot be saved.</exception>
    public RunFolder(
        string directory, TrainingOptions options, IReadOnlyDictionary<string, string> settings, torch.optim.Optimizer optimizer)
    {
        if (!OptimizerFile.CanSave(optimizer))
            throw new NotSupportedException($"The state of a {optimizer.GetType().Name} cannot be saved; use FusedAdam or an "
                + "optimiser that derives from OptimizerHelper, or train without a CheckpointDirectory.");
        Directory.CreateDirectory(directory);
        (_options, _settings, _optimizer) = (options, settings, optimizer);
        _checkpoints = new(directory);
        _metrics = new(Path.Combine(directory, Metrics));
    }

    /// <summary>Finds the last checkpoint and what it says of itself, or null when there is none.</summary>
    /// <exception cref="CheckpointException">It is damaged, or of a run with another objective or other settings.</exception>
    public (string Folder, CheckpointState State)? FindLast<TModel>(Objective<TModel> objective)
        where TModel : torch.nn.Module
        => _checkpoints.Find(CheckpointStore.Last) is { } found
            ? (found, CheckpointStore.ReadState(found, _options, NameOf(objective), _settings)) : null;

    /// <summary>Loads a checkpoint. Model and objective are changed only when all of it can be loaded.</summary>
    /// <exception cref="CheckpointException">It is damaged, of another model, or lacks a number of the objective's.</exception>
    public void Load<TModel>(TModel model, Objective<TModel> objective, (string Folder, CheckpointState State) checkpoint)
        where TModel : torch.nn.Module
    {
        // What is to be kept or replaced must be whole too: where no later epoch is better, it is what the run ends with.
        if (_options.KeepBest)
            _checkpoints.RequireWhole(CheckpointStore.Best, model);
        var before = objective.SaveState();
        try
        {
            CheckpointStore.Load(checkpoint.Folder, model, _optimizer, () => objective.LoadState(checkpoint.State.Objective));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            objective.LoadState(before);
            if (e is CheckpointException)
                throw;
            throw new CheckpointException(checkpoint.Folder, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>
    /// Writes the options, the environment, and the metrics of the epochs that the run goes on from. A new run puts what an older one has
    /// left aside.
    /// </summary>
    public void Begin(torch.nn.Module model, IReadOnlyList<EpochSummary> history)
    {
        if (history.Count == 0)
            _checkpoints.PutAside(Metrics);
        _checkpoints.SaveSettings(_options, RunEnvironment.Of(model));
        _metrics.Restart(history);
    }

    /// <summary>Writes an epoch's metrics and checkpoints; returns the checkpoints' folders.</summary>
    public IReadOnlyList<string> EpochEnded<TModel>(
        TModel model, Objective<TModel> objective, IReadOnlyList<EpochSummary> history, bool isBest)
        where TModel : torch.nn.Module
    {
        _metrics.Append(history[^1]);
        var state = new CheckpointState(
            CheckpointState.NewestVersion, _options.Seed, _options.BatchSize, objective.SaveState(), history, NameOf(objective),
            _settings);
        List<string> written = [];
        if (isBest && _options.KeepBest)
            written.Add(_checkpoints.Save(CheckpointStore.Best, model, _optimizer, state));
        written.Add(_checkpoints.Save(CheckpointStore.Last, model, _optimizer, state));
        return written;
    }

    private static string NameOf<TModel>(Objective<TModel> objective)
        where TModel : torch.nn.Module
        => objective.GetType().Name;
}
