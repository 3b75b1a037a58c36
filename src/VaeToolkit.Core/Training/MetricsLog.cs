using System.Text.Json;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary><c>metrics.jsonl</c>: one line of JSON an epoch, flushed at once so that a killed run keeps its curve.</summary>
internal sealed class MetricsLog(string path)
{
    /// <summary>Starts the file anew with the epochs that a resumed run goes on from; none for a fresh run.</summary>
    public void Restart(IEnumerable<EpochSummary> history) => AtomicFile.Write(path, stream =>
    {
        foreach (var summary in history)
            WriteLine(stream, summary);
    });

    public void Append(EpochSummary summary)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        WriteLine(stream, summary);
    }

    private static void WriteLine(Stream stream, EpochSummary summary)
    {
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(summary, TrainingJson.Default.EpochSummary));
        stream.WriteByte((byte)'\n');
    }
}
