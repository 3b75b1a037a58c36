using System.Text.Json;
using System.Text.Json.Serialization;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>What a folder says of the tasks that were finished in it, <c>continual.json</c>.</summary>
internal sealed record ContinualRecord(
    int FormatVersion, IReadOnlyList<string> Tasks, IReadOnlyList<string> Data, string Prior,
    IReadOnlyList<string> Strategies, string Settings,
    IReadOnlyList<IReadOnlyList<double>> Matrix, IReadOnlyList<double> ProcessorSeconds)
{
    internal const int NewestVersion = 2;

    internal static ContinualRecord? Find(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, ContinualJson.Default.ContinualRecord)
                ?? throw new CheckpointException(path, "it holds null");
        }
        catch (JsonException e)
        {
            throw new CheckpointException(
                path, FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine}: {e.Message.TrimEnd('.')}"), e);
        }
    }

    /// <exception cref="CheckpointException">It is of a run with other tasks or items, another prior, other strategies or settings,
    /// or of a version that does not say.</exception>
    internal void RequireSame(ContinualRecord wanted, string path)
    {
        Require(FormatVersion >= NewestVersion, $"its format version is {FormatVersion}, which does not say what data and "
            + "options it is of; start anew, in another folder to keep it");
        Require(FormatVersion == NewestVersion, $"its format version is {FormatVersion}; this library reads {NewestVersion}");
        foreach (var (name, value) in new (string, object?)[]
                 {
                     ("tasks", Tasks), ("data", Data), ("prior", Prior), ("strategies", Strategies), ("settings", Settings),
                     ("matrix", Matrix), ("processor_seconds", ProcessorSeconds),
                 })
        {
            if (Missing(name, value) is { } missing)
                throw new CheckpointException(path, missing);
        }
        Require(Tasks.Count >= Matrix.Count && Data.Count >= Matrix.Count,
            $"matrix has {Matrix.Count} finished tasks, tasks and data {Tasks.Count} and {Data.Count}; they must have as many");
        Require(Tasks.Take(Matrix.Count).SequenceEqual(wanted.Tasks.Take(Matrix.Count)) && Matrix.Count <= wanted.Tasks.Count,
            $"it holds the finished tasks {Text(Tasks.Take(Matrix.Count))}, this run's tasks are {Text(wanted.Tasks)}");
        for (var task = 0; task < Matrix.Count; task++)
            Require(Data[task] == wanted.Data[task], $"task {task} was learned from {Data[task]}, this run's has {wanted.Data[task]}");
        Require(Prior == wanted.Prior, $"it is of a run with a {Prior}, this run has a {wanted.Prior}");
        Require(Strategies.SequenceEqual(wanted.Strategies),
            $"it is of a run with the strategies {Text(Strategies)}, this run has {Text(wanted.Strategies)}");
        Require(Settings == wanted.Settings, $"it is of a run with {Settings}; this run has {wanted.Settings}");
        Require(
            Matrix.Select((row, t) => row.Count == t + 1).All(fits => fits) && ProcessorSeconds.Count == Matrix.Count,
            "it does not have t figures and one time for the t-th task");

        void Require(bool holds, string problem)
        {
            if (!holds)
                throw new CheckpointException(path, problem);
        }
    }

    internal void Save(string path)
        => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, ContinualJson.Default.ContinualRecord));

    // Files may lack what the type says is there, and lists hold null.
    private static string? Missing(string name, object? value)
    {
        if (value is null)
            return $"{name} is missing";
        var hole = value is IEnumerable<object?> list ? list.ToList().IndexOf(null) : -1;
        return hole < 0 ? null : FormattableString.Invariant($"{name}/{hole} is null");
    }

    private static string Text(IEnumerable<string> names) => $"[{string.Join(", ", names)}]";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true, WriteIndented = true)]
[JsonSerializable(typeof(ContinualRecord))]
internal sealed partial class ContinualJson : JsonSerializerContext;
