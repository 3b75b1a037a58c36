using System.Text.Json;
using VaeToolkit.Storage;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors.Networks;

namespace VaeToolkit.WeightPriors.Training;

/// <summary>
/// A folder of source networks' snapshots: one safetensors file for each, and <c>manifest.json</c> with the network's shape, the training's
/// settings, and every snapshot's seed and out-of-bag score.
/// </summary>
public sealed class SnapshotSet
{
    private const string ManifestFile = "manifest.json";

    private readonly SnapshotManifest _manifest;

    private SnapshotSet(string folder, SnapshotManifest manifest) => (Folder, _manifest) = (folder, manifest);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The networks' shape.</summary>
    public UNet3dOptions Options => _manifest.Network;

    /// <summary>The snapshots, by network, then cycle.</summary>
    public IReadOnlyList<Snapshot> Snapshots => _manifest.Snapshots;

    /// <summary>The snapshot with the best out-of-bag score among each network's last, where transfer starts from; the first such when none has a score.</summary>
    public Snapshot Best => Snapshots.GroupBy(snapshot => snapshot.Network).Select(group => group.MaxBy(snapshot => snapshot.Cycle)!)
        .MaxBy(snapshot => snapshot.OutOfBagDice ?? double.NegativeInfinity)!;

    /// <summary>Opens a folder that <see cref="SourceTraining.Run"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">The manifest is not there, damaged or of a newer version.</exception>
    public static SnapshotSet Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new(folder, Read(folder) ?? throw new CheckpointException(Path.Combine(folder, ManifestFile), "it is not there; has source training finished a network?"));
    }

    /// <summary>A network with a snapshot's weights, which the caller disposes.</summary>
    /// <param name="snapshot">One of <see cref="Snapshots"/>.</param>
    /// <exception cref="SafeTensorsException">The file is damaged.</exception>
    /// <exception cref="WeightsMismatchException">The file holds another network.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public UNet3d Load(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var network = new UNet3d(Options);
        try
        {
            network.LoadWeights(Path.Combine(Folder, snapshot.File));
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Opens the folder to go on with, or begins a manifest when there is none.</summary>
    internal static SnapshotSet OpenOrBegin(string folder, SnapshotManifest wanted)
    {
        if (Read(folder) is not { } found)
            return new(folder, wanted);
        var (ours, theirs) = (Settings(wanted), Settings(found));
        return ours == theirs
            ? new(folder, found)
            : throw new CheckpointException(Path.Combine(folder, ManifestFile), $"it is of other settings, {theirs}, not {ours}; use another folder");
    }

    /// <summary>The set with a network's snapshots added, and written.</summary>
    internal SnapshotSet With(IEnumerable<Snapshot> added)
    {
        var manifest = _manifest with { Snapshots = [.. Snapshots, .. added] };
        AtomicFile.Write(Path.Combine(Folder, ManifestFile), stream => JsonSerializer.Serialize(stream, manifest, SnapshotJson.Default.SnapshotManifest));
        return new(Folder, manifest);
    }

    private static string Settings(SnapshotManifest manifest) => JsonSerializer.Serialize(manifest with { Snapshots = [] }, SnapshotJson.Default.SnapshotManifest);

    private static SnapshotManifest? Read(string folder)
    {
        var path = Path.Combine(folder, ManifestFile);
        if (!File.Exists(path))
            return null;
        try
        {
            using var stream = File.OpenRead(path);
            var manifest = JsonSerializer.Deserialize(stream, SnapshotJson.Default.SnapshotManifest) ?? throw new CheckpointException(path, "it holds null");
            return manifest.FormatVersion == SnapshotManifest.CurrentVersion
                ? manifest
                : throw new CheckpointException(path, $"its format version is {manifest.FormatVersion}; this library reads {SnapshotManifest.CurrentVersion}");
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine}: {e.Message.TrimEnd('.')}"), e);
        }
    }
}
