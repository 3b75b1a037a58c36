using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>What a checkpoint holds beside weights and optimiser: <c>state.json</c>.</summary>
/// <param name="FormatVersion">Version of this layout.</param>
/// <param name="Seed">The run's seed; a resumed run must have the same.</param>
/// <param name="BatchSize">The run's batch size; a resumed run must have the same.</param>
/// <param name="Objective">The objective's numbers.</param>
/// <param name="History">The epochs so far.</param>
/// <param name="ObjectiveName">The objective's type; a resumed run must have the same. Null in files of before it was kept.</param>
internal sealed record CheckpointState(
    int FormatVersion, long Seed, int BatchSize, IReadOnlyDictionary<string, double> Objective,
    IReadOnlyList<EpochSummary> History, string? ObjectiveName = null)
{
    public const int NewestVersion = 1;

    /// <exception cref="CheckpointException">The checkpoint is of a newer library or of a run that drew other batches.</exception>
    public void RequireResumable(string path, TrainingOptions options, string objective)
    {
        if (FormatVersion is < 1 or > NewestVersion)
            throw new CheckpointException(
                path, FormattableString.Invariant($"its format version is {FormatVersion}; this library reads 1 to {NewestVersion}"));
        if (History is null || Objective is null)
            throw new CheckpointException(path, "it lacks the history or the objective's numbers");
        if (ObjectiveName is not null && ObjectiveName != objective)
            throw new CheckpointException(path,
                $"the run had the objective {ObjectiveName}, this one has {objective}; resume with the same, or start in another folder");
        if (Seed != options.Seed)
            throw new CheckpointException(
                path, FormattableString.Invariant($"the run had the seed {Seed}, the options say {options.Seed}; resume with the same"));
        if (BatchSize != options.BatchSize)
            throw new CheckpointException(path, FormattableString.Invariant(
                $"the run had the batch size {BatchSize}, the options say {options.BatchSize}; resume with the same"));
    }
}
