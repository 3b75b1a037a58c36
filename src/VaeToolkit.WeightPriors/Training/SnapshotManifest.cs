using System.Text.Json;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>What <c>manifest.json</c> of a snapshot set holds. Version 1 had no loss, augmentation and data.</summary>
internal sealed record SnapshotManifest(
    int FormatVersion, UNet3dOptions Network, SegmentationTrainingOptions Training, int DiscardFirstCycles, int Volumes,
    IReadOnlyList<Snapshot> Snapshots,
    string? Loss = null, string? Augmentation = null, string? Data = null)
{
    internal const int CurrentVersion = 2;
    private const int OldestVersion = 1;

    /// <summary>Whether it says all that a run must know to go on with it.</summary>
    internal bool IsComplete => Loss is not null && Augmentation is not null && Data is not null;

    /// <summary>The manifest of a run that has not finished a network.</summary>
    internal static SnapshotManifest Of(UNet3dOptions network, SegmentationSource data, SourceTrainingOptions options) => new(
        CurrentVersion, network, options.Training, options.DiscardFirstCycles, data.Count, [],
        options.Loss.ToString(), NameOf(options.Training.Augmentation), DataFingerprint.Of(data));

    /// <summary>What is wrong with a manifest that was read, as the end of a sentence, or null.</summary>
    internal string? Problem()
    {
        if (FormatVersion is < OldestVersion or > CurrentVersion)
            return $"its format version is {FormatVersion}; this library reads {OldestVersion} to {CurrentVersion}";
        if (FormatVersion > OldestVersion && !IsComplete)
            return "it does not say with which loss, augmentation and data the networks were trained";
        if (Snapshots.Count == 0 || Snapshots.Contains(null!))
            return "it lists no snapshots, or an empty one";
        if (Snapshots.FirstOrDefault(snapshot => Path.GetFileName(snapshot.File) != snapshot.File) is { } outside)
            return $"the snapshot file '{outside.File}' is not in the manifest's folder";
        try
        {
            Network.Validated();
            Training.Validated();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    // A delegate is known by its method, and a lambda by the compiler's name for it.
    // Of what a method holds on to only this library's own ranges are known.
    private static string NameOf(VolumeAugmentation? augmentation)
    {
        if (augmentation is null)
            return "none";
        var name = $"{augmentation.Method.DeclaringType}.{augmentation.Method.Name}";
        return augmentation.Target switch
        {
            Augmentation own => $"{name} {JsonSerializer.Serialize(own.Options, SnapshotJson.Default.AugmentationOptions)}"
                + (own.Options.Symmetry is { } symmetry ? $" {symmetry}" : ""),
            LabelSymmetry { LabelPairs.Count: > 0 } pairs => $"{name} {pairs}",
            _ => name,
        };
    }
}
