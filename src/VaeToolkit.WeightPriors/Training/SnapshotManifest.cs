using VaeToolkit.WeightPriors.Networks;

namespace VaeToolkit.WeightPriors.Training;

/// <summary>What <c>manifest.json</c> of a snapshot set holds.</summary>
internal sealed record SnapshotManifest(
    int FormatVersion, UNet3dOptions Network, SegmentationTrainingOptions Training, int DiscardFirstCycles, int Volumes, IReadOnlyList<Snapshot> Snapshots)
{
    internal const int CurrentVersion = 1;
}
