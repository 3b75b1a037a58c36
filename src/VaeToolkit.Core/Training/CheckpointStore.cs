using System.Text.Json;
using TorchSharp;
using VaeToolkit.Models;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>
/// The checkpoints under a run's folder. Each is a folder of its own with <c>model.safetensors</c>, the optimiser's state and
/// <c>state.json</c>. A new one is written whole under another name and swapped in by renaming; the one before is removed only then, so
/// that whenever a run is killed, one whole checkpoint is found.
/// </summary>
internal sealed class CheckpointStore(string directory)
{
    public const string Last = "last";
    public const string Best = "best";

    private const string Model = "model.safetensors";
    private const string State = "state.json";
    private const string Incoming = ".new";
    private const string Outgoing = ".previous";
    private const string Aside = ".earlier";

    /// <summary>Writes a checkpoint; returns its folder.</summary>
    public string Save(string name, torch.nn.Module model, torch.optim.Optimizer optimizer, CheckpointState state)
    {
        var target = Path.Combine(directory, name);
        var incoming = target + Incoming;
        DeleteFolder(incoming);
        Directory.CreateDirectory(incoming);
        using (torch.NewDisposeScope())
            ModelWeights.Save(model, Path.Combine(incoming, Model), KindOf(model));
        OptimizerFile.Save(optimizer, incoming);
        AtomicFile.Write(
            Path.Combine(incoming, State), stream => JsonSerializer.Serialize(stream, state, TrainingJson.Indented.CheckpointState));
        Swap(target, incoming);
        return target;
    }

    /// <summary>The folder of a whole checkpoint, or null when there is none.</summary>
    public string? Find(string name)
    {
        var target = Path.Combine(directory, name);
        // A run killed between two renames leaves the old one or the new one, whole, under its other name.
        return new[] { target, target + Outgoing }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, State)));
    }

    /// <summary>
    /// Renames the checkpoints of an earlier run, so that they are neither lost nor taken for those of the run that begins.
    /// </summary>
    public void PutAside()
    {
        foreach (var name in new[] { Last, Best })
        {
            if (Find(name) is not { } found)
                continue;
            var aside = Path.Combine(directory, name + Aside);
            DeleteFolder(aside);
            Directory.Move(found, aside);
            DeleteFolder(Path.Combine(directory, name + Outgoing));
        }
    }

    /// <summary>Reads <c>state.json</c> of a checkpoint folder.</summary>
    /// <exception cref="CheckpointException">It is not what <see cref="Save"/> writes.</exception>
    public static CheckpointState ReadState(string folder, TrainingOptions options, string objective)
    {
        var path = Path.Combine(folder, State);
        try
        {
            using var stream = File.OpenRead(path);
            var state = JsonSerializer.Deserialize(stream, TrainingJson.Default.CheckpointState)
                ?? throw new CheckpointException(path, "it holds null");
            state.RequireResumable(path, options, objective);
            return state;
        }
        catch (JsonException e)
        {
            throw new CheckpointException(
                path, FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine}: {e.Message.TrimEnd('.')}"), e);
        }
    }

    /// <summary>Loads weights and optimiser of a checkpoint folder.</summary>
    public static void Load(string folder, torch.nn.Module model, torch.optim.Optimizer optimizer)
    {
        using (torch.NewDisposeScope())
            ModelWeights.Load(model, Path.Combine(folder, Model), KindOf(model));
        OptimizerFile.Load(optimizer, folder);
    }

    /// <summary>Writes <c>options.json</c>.</summary>
    public void SaveOptions(TrainingOptions options) => AtomicFile.Write(
        Path.Combine(directory, "options.json"),
        stream => JsonSerializer.Serialize(stream, options, TrainingJson.Indented.TrainingOptions));

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
