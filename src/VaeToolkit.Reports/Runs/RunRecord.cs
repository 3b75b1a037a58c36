using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>A run as its folder tells it, in numbers and text.</summary>
public sealed record RunRecord
{
    private RunRecord(string folder, IReadOnlyList<EpochSummary> epochs)
        => (Folder, Epochs) = (folder, epochs);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>The finished epochs, in order, at least one.</summary>
    public IReadOnlyList<EpochSummary> Epochs { get; }

    /// <summary>The best epoch by the rule of <see cref="BestEpoch"/>.</summary>
    public EpochSummary Best { get; private init; } = null!;

    /// <summary>Why it ended, as epochs and options say; null where it was cancelled or killed, or is still running.</summary>
    public StopReason? Reason { get; private init; }

    /// <summary>The objective's type, such as <c>Elbo</c>; null where no checkpoint says it.</summary>
    public string? Objective { get; private init; }

    /// <summary>The training options, <c>options.json</c>; empty where it is not there.</summary>
    public IReadOnlyDictionary<string, string> Options { get; private init; } = new Dictionary<string, string>();

    /// <summary>What else decided the steps: optimiser, numbers of items and the objective's options, from a checkpoint.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private init; } = new Dictionary<string, string>();

    /// <summary>The model's parts and their options, from <c>model.json</c> of a checkpoint.</summary>
    public IReadOnlyDictionary<string, string> Parts { get; private init; } = new Dictionary<string, string>();

    /// <summary>Where and with what it was trained, <c>environment.json</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private init; } = new Dictionary<string, string>();

    /// <summary>The terms' names, in the objective's order.</summary>
    public IReadOnlyList<string> Terms => [.. Epochs[0].Terms.Keys];

    /// <summary>The loss by which epochs compare: the validation loss, or the training loss without validation data.</summary>
    public double BestLoss => Best.ValidationLoss ?? Best.TrainLoss;

    /// <summary>Reads a run's folder, whether the run has ended or not.</summary>
    /// <param name="folder">The folder: <see cref="TrainingOptions.CheckpointDirectory"/>.</param>
    /// <exception cref="FileNotFoundException">It has no <c>metrics.jsonl</c>, or that has no finished epoch.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it and the line.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static RunRecord Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var epochs = RunFiles.ReadMetrics(Path.Combine(folder, "metrics.jsonl"));
        var options = RunFiles.ReadFlat(Path.Combine(folder, "options.json"));
        var checkpoint = RunFiles.Checkpoint(folder);
        var state = RunFiles.ReadFlat(Path.Combine(checkpoint, "state.json"), skip: "history");
        var best = new BestEpoch(RunFiles.Number(options, "patience") is { } patience ? (int)patience : null,
            RunFiles.Number(options, "minimum_delta") ?? 0);
        foreach (var epoch in epochs)
            best.Observe(epoch);
        return new(folder, epochs)
        {
            Best = best.Summary!,
            Reason = best.IsExhausted ? StopReason.EarlyStopped
                : RunFiles.Number(options, "epochs") is { } asked && epochs.Count >= asked ? StopReason.Completed : null,
            Objective = state.GetValueOrDefault("objective_name"),
            Options = options,
            Settings = RunFiles.Below(state, "settings."),
            Parts = RunFiles.Below(RunFiles.ReadFlat(Path.Combine(checkpoint, "model.json")), "model."),
            Environment = RunFiles.ReadFlat(Path.Combine(folder, "environment.json")),
        };
    }

    /// <summary>The run's name and its best epoch.</summary>
    public override string ToString() => $"{Name}: {Epochs.Count} epochs, best {Best}";
}
