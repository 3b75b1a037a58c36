using TorchSharp;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Where finished tasks are kept: a folder a task with the weights and the strategies' tensors, and <c>continual.json</c>, which names the
/// tasks that are whole and is written last.
/// </summary>
internal sealed class ContinualFolder(string? folder)
{
    private const string RecordName = "continual.json";
    private const string ModelName = ModelFolder.WeightsFile;
    private const string StrategyKind = "vaetoolkit.continual-strategy";

    /// <summary>Starts anew: what the folder holds of an earlier run is renamed, and kept.</summary>
    internal void PutAside()
    {
        if (folder is not null && File.Exists(RecordPath))
        {
            EarlierFiles.PutAside(folder, [RecordName, .. Directory.GetDirectories(folder, "task-*")
                .Where(path => !EarlierFiles.IsAside(path)).Select(path => Path.GetFileName(path))]);
        }
    }

    /// <summary>
    /// Loads the last finished task and returns the record of all; the wanted one, which has no task, when nothing was saved.
    /// </summary>
    /// <exception cref="CheckpointException">It is of another run, or damaged; the model is as it was.</exception>
    internal ContinualRecord Resume(Vae model, IReadOnlyList<ContinualStrategy> strategies, ContinualRecord wanted)
    {
        try
        {
            return Load(model, strategies, wanted);
        }
        catch (Exception e) when (e is not CheckpointException and not OutOfMemoryException)
        {
            throw new CheckpointException(folder!, e.Message.TrimEnd('.'), e);
        }
    }

    private ContinualRecord Load(Vae model, IReadOnlyList<ContinualStrategy> strategies, ContinualRecord wanted)
    {
        if (ContinualRecord.Find(RecordPath) is not { } record)
            return wanted;
        record.RequireSame(wanted, RecordPath);
        if (record.Matrix.Count == 0)
            return wanted;
        var task = TaskFolder(record.Matrix.Count - 1);
        using var scope = torch.NewDisposeScope();
        // All is read before anything is changed, and the model last: what cannot be read leaves it as it was.
        using var weights = ModelWeights.ReadFor(model, Path.Combine(task, ModelName), Vae.Kind);
        // What strategies remember takes part in the model's steps, and files are read into the CPU's memory.
        var device = model.parameters().First().device;
        var states = Enumerable.Range(0, strategies.Count).Select(i => ReadState(StrategyPath(task, i), device)).ToArray();
        foreach (var (strategy, state) in strategies.Zip(states))
            strategy.LoadState(state);
        ModelWeights.Apply(model, weights);
        return record with { Tasks = wanted.Tasks, Data = wanted.Data };
    }

    internal void Save(Vae model, IReadOnlyList<ContinualStrategy> strategies, ContinualRecord record)
    {
        if (folder is null)
            return;
        var task = TaskFolder(record.Matrix.Count - 1);
        using var scope = torch.NewDisposeScope();
        if (PartDescription.Find(model) is null)
            model.SaveWeights(Path.Combine(task, ModelName));
        else
            model.Save(task);
        for (var i = 0; i < strategies.Count; i++)
            SafeTensors.Write(StrategyPath(task, i), strategies[i].SaveState(), SafeTensors.Kind(StrategyKind, 1));
        record.Save(RecordPath);
    }

    // Copies of the caller's scope.
    private static Dictionary<string, torch.Tensor> ReadState(string path, torch.Device device)
    {
        using var file = SafeTensors.Read(path);
        file.RequireKind(StrategyKind, 1);
        return file.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.to(device, copy: true));
    }

    private string RecordPath => Path.Combine(folder!, RecordName);

    private string TaskFolder(int task) => Path.Combine(folder!, $"task-{task}");

    private static string StrategyPath(string task, int number) => Path.Combine(task, $"strategy-{number}.safetensors");
}
