using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A folder of source networks' snapshots: one safetensors file for each, and <c>manifest.json</c> with the network's shape, the training's
/// settings, loss and augmentation, a fingerprint of its data, and every snapshot's seed and out-of-bag score.
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

    /// <summary>
    /// The snapshot with the best out-of-bag score among each network's last, where transfer starts from;
    /// the first such when none has a score.
    /// </summary>
    public Snapshot Best => Snapshots.GroupBy(snapshot => snapshot.Network).Select(group => group.MaxBy(snapshot => snapshot.Cycle)!)
        .MaxBy(snapshot => snapshot.OutOfBagDice ?? double.NegativeInfinity)!;

    /// <summary>Opens a folder that <see cref="SourceTraining.Run"/> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">The manifest is not there, is damaged, lacks something, holds options out of range,
    /// names a file that is not there, or is of a newer version.</exception>
    public static SnapshotSet Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new(folder, Read(folder) ?? throw new CheckpointException(
            Path.Combine(folder, ManifestFile), "it is not there; has source training finished a network?"));
    }

    /// <summary>A network with a snapshot's weights, on the CPU, which the caller disposes.</summary>
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
        var path = Path.Combine(folder, ManifestFile);
        if (!found.IsComplete)
            throw new CheckpointException(path, "an earlier version of this library wrote it, without loss, augmentation and "
                + "data: it can be opened, but not gone on with; use another folder");
        var differences = string.Join(", ", Differences("", Settings(wanted), Settings(found)));
        if (differences.Length > 0)
            throw new CheckpointException(path, $"it is of other settings: {differences}; use another folder");
        var set = new SnapshotSet(folder, found);
        set.RequireWhole();
        return set;
    }

    // A run that goes on would not look at them again, and end with a set that cannot be used.
    private void RequireWhole()
    {
        foreach (var snapshot in Snapshots)
        {
            try
            {
                Load(snapshot).Dispose();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or WeightsMismatchException)
            {
                throw new CheckpointException(Path.Combine(Folder, snapshot.File),
                    $"the snapshot is damaged: {e.Message.TrimEnd('.')}; use another folder, or remove network {snapshot.Network}'s "
                    + $"entries of {ManifestFile} to train it again", e);
            }
        }
    }

    /// <summary>The folder and its snapshots, a line each; a star marks the best.</summary>
    public override string ToString() => $"{Folder}: {Snapshots.Count} snapshots{Environment.NewLine}" + TextTable.Of(
    [
        ["network", "cycle", "seed", "out-of-bag Dice", "", "file"],
        .. Snapshots.Select(snapshot => new[]
        {
            Whole(snapshot.Network), Whole(snapshot.Cycle), Whole(snapshot.Seed),
            snapshot.OutOfBagDice is { } dice ? TextTable.Number(dice, "F3") : "none", snapshot == Best ? "*" : "", snapshot.File,
        }),
    ]);

    /// <summary>The set with a network's snapshots added, and written.</summary>
    internal SnapshotSet With(IEnumerable<Snapshot> added)
    {
        var manifest = _manifest with { Snapshots = [.. Snapshots, .. added] };
        AtomicFile.Write(Path.Combine(Folder, ManifestFile),
            stream => JsonSerializer.Serialize(stream, manifest, SnapshotJson.Default.SnapshotManifest));
        return new(Folder, manifest);
    }

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static JsonNode? Settings(SnapshotManifest manifest)
        => JsonSerializer.SerializeToNode(manifest with { Snapshots = [] }, SnapshotJson.Default.SnapshotManifest);

    // Each setting that differs, by its name in the manifest, such as "training.steps is 6, not 9".
    private static IEnumerable<string> Differences(string name, JsonNode? wanted, JsonNode? found)
    {
        if (JsonNode.DeepEquals(wanted, found))
            return [];
        return wanted is JsonObject ours && found is JsonObject theirs
            ? ours.SelectMany(
                member => Differences(name.Length == 0 ? member.Key : $"{name}.{member.Key}", member.Value, theirs[member.Key]))
            : [$"{name} is {found}, not {wanted}"];
    }

    private static string? Missing(string folder, SnapshotManifest manifest)
        => manifest.Snapshots.FirstOrDefault(snapshot => !File.Exists(Path.Combine(folder, snapshot.File))) is { } missing
            ? $"the snapshot file '{missing.File}' is not there" : null;

    private static SnapshotManifest? Read(string folder)
    {
        var path = Path.Combine(folder, ManifestFile);
        if (!File.Exists(path))
            return null;
        try
        {
            // As text, since editors put byte-order marks before it.
            var manifest = JsonSerializer.Deserialize(File.ReadAllText(path), SnapshotJson.Default.SnapshotManifest)
                ?? throw new CheckpointException(path, "it holds null");
            return (manifest.Problem() ?? Missing(folder, manifest)) is { } problem
                ? throw new CheckpointException(path, problem) : manifest;
        }
        catch (JsonException e)
        {
            throw new CheckpointException(
                path, FormattableString.Invariant($"line {e.LineNumber + 1}, byte {e.BytePositionInLine}: {e.Message.TrimEnd('.')}"), e);
        }
    }
}
