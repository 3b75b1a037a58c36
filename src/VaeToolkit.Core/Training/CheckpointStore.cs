using System.Text.Json;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>
/// The checkpoints under a run's folder. Each is a <see cref="ModelFolder"/> of its own (without <c>model.json</c> where a part does not
/// say how it is made) with the optimiser's state and <c>state.json</c>. A new one is written whole under another name and swapped in by
/// renaming; the one before is removed only then, so that whenever a run is killed, one whole checkpoint is found.
/// </summary>
internal sealed class CheckpointStore(string directory)
{
    public const string Last = "last";
    public const string Best = "best";

    private const string State = "state.json";
    private const string Incoming = ".new";
    private const string Outgoing = ".previous";
    private const string Options = "options.json";
    private const string Surroundings = "environment.json";
    private const string Page = "report.html";

    /// <summary>Writes a checkpoint; returns its folder.</summary>
    public string Save(string name, torch.nn.Module model, torch.optim.Optimizer optimizer, CheckpointState state)
    {
        var target = Path.Combine(directory, name);
        var incoming = target + Incoming;
        DeleteFolder(incoming);
        Directory.CreateDirectory(incoming);
        using (torch.NewDisposeScope())
        {
            if (PartDescription.Find(model) is { } description)
                ModelFolder.Write(model, incoming, description, KindOf(model));
            else
                ModelWeights.Save(model, Path.Combine(incoming, ModelFolder.WeightsFile), KindOf(model));
        }
        OptimizerFile.Save(optimizer, incoming);
        AtomicFile.Write(
            Path.Combine(incoming, State), stream => JsonSerializer.Serialize(stream, state, TrainingJson.Indented.CheckpointState));
        Swap(target, incoming);
        return target;
    }

    /// <summary>The folder of a whole checkpoint, or null when there is none.</summary>
    /// <exception cref="CheckpointException">There is a folder for it, but not a whole checkpoint.</exception>
    public string? Find(string name)
    {
        var target = Path.Combine(directory, name);
        // A run killed between two renames leaves the old one or the new one, whole, under its other name.
        string[] folders = [.. new[] { target, target + Outgoing }.Where(Directory.Exists)];
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, State))) ?? (folders.Length == 0 ? null
            : throw new CheckpointException(folders[0], $"it has no {State}, so it is no whole checkpoint"));
    }

    /// <summary>Requires a checkpoint, where there is one, to be such as can be loaded: reads all of its weights.</summary>
    /// <exception cref="CheckpointException">It is damaged.</exception>
    public void RequireWhole(string name, torch.nn.Module model)
    {
        var path = Path.Combine(directory, name);
        try
        {
            if (Find(name) is not { } folder)
                return;
            path = Path.Combine(folder, State);
            using (var stream = File.OpenRead(path))
                _ = JsonSerializer.Deserialize(stream, TrainingJson.Default.CheckpointState) ?? throw new JsonException("it holds null");
            path = Path.Combine(folder, ModelFolder.WeightsFile);
            using var scope = torch.NewDisposeScope();
            using var weights = ModelWeights.ReadFor(model, path, KindOf(model));
        }
        catch (WeightsMismatchException e)
        {
            throw new CheckpointException(path, e.Message.TrimEnd('.'), e);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new CheckpointException(path, $"the checkpoint of the best epoch is damaged: {e.Message.TrimEnd('.')}; remove the folder "
                + "to go on without it, or resume without KeepBest", e);
        }
    }

    /// <summary>
    /// Renames what an earlier run has written, so that it is neither lost nor taken for what the run that begins writes. A run that was
    /// stopped before its first epoch has left nothing to keep.
    /// </summary>
    public void PutAside(string metrics)
    {
        foreach (var target in new[] { Last, Best }.Select(name => Path.Combine(directory, name)))
        {
            if (Directory.Exists(target + Outgoing) && !Directory.Exists(target))
                Directory.Move(target + Outgoing, target);
        }
        var log = new FileInfo(Path.Combine(directory, metrics));
        // A run killed after the second rename leaves both; what it was to delete must not be found by a run that resumes the new one.
        string[] checkpoints = [Last, Best, Last + Outgoing, Best + Outgoing];
        if ((log.Exists && log.Length > 0) || checkpoints.Any(name => Path.Exists(Path.Combine(directory, name))))
            EarlierFiles.PutAside(directory, [.. checkpoints, metrics, Options, Surroundings, Page]);
    }

    /// <summary>Reads <c>state.json</c> of a checkpoint folder.</summary>
    /// <exception cref="CheckpointException">It is not what <see cref="Save"/> writes.</exception>
    public static CheckpointState ReadState(
        string folder, TrainingOptions options, string objective, IReadOnlyDictionary<string, string> settings)
    {
        var path = Path.Combine(folder, State);
        try
        {
            using var stream = File.OpenRead(path);
            var state = JsonSerializer.Deserialize(stream, TrainingJson.Default.CheckpointState)
                ?? throw new CheckpointException(path, "it holds null");
            state.RequireResumable(path, options, objective, settings);
            return state;
        }
        catch (JsonException e)
        {
            throw new CheckpointException(
                path, FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine}: {e.Message.TrimEnd('.')}"), e);
        }
        catch (Exception e) when (e is not CheckpointException and (IOException or UnauthorizedAccessException))
        {
            throw new CheckpointException(path, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>
    /// Loads a checkpoint folder: what can be refused first, the model's weights last, so that a failure leaves the model as it was.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">The model.</param>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="others">Loads what else belongs to the checkpoint.</param>
    public static void Load(string folder, torch.nn.Module model, torch.optim.Optimizer optimizer, Action others)
    {
        using var scope = torch.NewDisposeScope();
        using var weights = ModelWeights.ReadFor(model, Path.Combine(folder, ModelFolder.WeightsFile), KindOf(model));
        OptimizerFile.Load(optimizer, folder);
        others();
        ModelWeights.Apply(model, weights);
    }

    /// <summary>Writes <c>options.json</c> and <c>environment.json</c>.</summary>
    public void SaveSettings(TrainingOptions options, RunEnvironment environment)
    {
        AtomicFile.Write(
            Path.Combine(directory, Options),
            stream => JsonSerializer.Serialize(stream, options, TrainingJson.Indented.TrainingOptions));
        AtomicFile.Write(
            Path.Combine(directory, Surroundings),
            stream => JsonSerializer.Serialize(stream, environment, TrainingJson.Indented.RunEnvironment));
    }

    private static string KindOf(torch.nn.Module model) => model is Vae ? Vae.Kind : "vaetoolkit.model." + model.GetName();

    private static void Swap(string target, string incoming)
    {
        var outgoing = target + Outgoing;
        if (Directory.Exists(target))
        {
            DeleteFolder(outgoing);
            Directory.Move(target, outgoing);
        }
        Directory.Move(incoming, target);
        DeleteFolder(outgoing);
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
