using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>What a checkpoint holds beside weights and optimiser: <c>state.json</c>.</summary>
/// <param name="FormatVersion">Version of this layout.</param>
/// <param name="Seed">The run's seed; a resumed run must have the same.</param>
/// <param name="BatchSize">The run's batch size; a resumed run must have the same.</param>
/// <param name="Objective">The objective's numbers.</param>
/// <param name="History">The epochs so far.</param>
/// <param name="ObjectiveName">The objective's type; a resumed run must have the same. Null in files of before it was kept.</param>
/// <param name="Settings">Everything else that a resumed run must have the same. Null in files of before it was kept.</param>
internal sealed record CheckpointState(
    int FormatVersion, long Seed, int BatchSize, IReadOnlyDictionary<string, double> Objective,
    IReadOnlyList<EpochSummary> History, string? ObjectiveName = null, IReadOnlyDictionary<string, string>? Settings = null)
{
    public const int NewestVersion = 1;

    /// <exception cref="CheckpointException">The checkpoint is damaged, of a newer library or of a run with other settings: the message
    /// names all of those.</exception>
    public void RequireResumable(string path, TrainingOptions options, string objective, IReadOnlyDictionary<string, string> settings)
    {
        if (FormatVersion is < 1 or > NewestVersion)
            throw new CheckpointException(
                path, FormattableString.Invariant($"its format version is {FormatVersion}; this library reads 1 to {NewestVersion}"));
        if (History is null || Objective is null)
            throw new CheckpointException(path, "it lacks the history or the objective's numbers");
        for (var i = 0; i < History.Count; i++)
        {
            if (History[i] is not { Terms: not null } epoch || epoch.Epoch != i + 1)
                throw new CheckpointException(path, FormattableString.Invariant($"entry {i} of its history is not epoch {i + 1}"));
        }
        if (string.Join("; ", Differences(options, objective, settings)) is { Length: > 0 } differences)
            throw new CheckpointException(path, $"{differences}; resume with the same, or start in another folder");
        if (Settings is not null && string.Join(", ", RunSettings.Missing(Settings, settings)) is { Length: > 0 } missing)
        {
            var weights = Path.Combine(Path.GetDirectoryName(path) ?? "", ModelFolder.WeightsFile);
            throw new CheckpointException(path, $"it does not say what was set for {missing}: the run had no such part, or this file is of "
                + "before that was kept, and going on from it could be another run without a word. Start in another folder; the weights so "
                + $"far can be loaded from '{weights}'");
        }
    }

    private IEnumerable<string> Differences(TrainingOptions options, string objective, IReadOnlyDictionary<string, string> settings)
    {
        if (ObjectiveName is not null && ObjectiveName != objective)
            yield return $"the run had the objective {ObjectiveName}, this one has {objective}";
        if (Seed != options.Seed)
            yield return FormattableString.Invariant($"the run had the seed {Seed}, the options say {options.Seed}");
        if (BatchSize != options.BatchSize)
            yield return FormattableString.Invariant($"the run had the batch size {BatchSize}, the options say {options.BatchSize}");
        foreach (var difference in Settings is null ? [] : RunSettings.Differences(Settings, settings))
            yield return difference;
    }
}
