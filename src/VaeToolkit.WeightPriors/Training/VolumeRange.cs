using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>How many volumes there are, of which shape, and between which values they lie before augmentation.</summary>
internal sealed record VolumeRange(IReadOnlyList<long> ItemShape, double Least, double Most, long Volumes)
{
    /// <summary>Of the volumes of a batch.</summary>
    internal static VolumeRange Of(Batch batch)
        => new(batch.Items.shape[1..], batch.Items.min().ToDouble(), batch.Items.max().ToDouble(), batch.Size);

    /// <summary>Of these and those before.</summary>
    internal VolumeRange With(VolumeRange? before) => before is null
        ? this
        : new(before.ItemShape, Math.Min(Least, before.Least), Math.Max(Most, before.Most), Volumes + before.Volumes);

    /// <summary>What a network is trained with.</summary>
    internal TrainingRecord Record<TNetwork>(NetworkObjective<TNetwork> objective)
        where TNetwork : SegmentationNetwork
        => new(objective.GetType().Name, objective.Settings, ItemShape, Least, Most, Volumes);
}
