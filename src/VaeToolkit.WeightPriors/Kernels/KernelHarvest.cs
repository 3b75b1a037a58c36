using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Cuts the convolution weights of source networks into kernels: <c>[out, in, 3, 3, 3]</c> are out · in kernels of 27 values.
/// </summary>
public static class KernelHarvest
{
    /// <summary>Harvests all snapshots of a set.</summary>
    /// <param name="snapshots">The set.</param>
    /// <param name="grouping">Which layers go together; null for <see cref="KernelGrouping.Consecutive"/>.</param>
    /// <param name="threshold">Which kernels are dropped; null for 5 % of the group's median norm.</param>
    /// <returns>A kernel set for each group, in the groups' order, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The set is empty, a layer is missing, or all kernels of a group have died.</exception>
    /// <exception cref="SafeTensorsException">A file is damaged.</exception>
    public static IReadOnlyList<KernelSet> Of(SnapshotSet snapshots, KernelGrouping? grouping = null, KernelThreshold? threshold = null)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        grouping ??= LayersOf(snapshots);
        return Collect(snapshots.Snapshots.Select(Add), grouping, threshold);

        List<KernelPile> Add(Snapshot snapshot)
        {
            using var file = SafeTensors.Read(Path.Combine(snapshots.Folder, snapshot.File));
            return Cut(new(snapshot.Network, snapshot.Cycle, file.Tensors), grouping);
        }
    }

    /// <summary>Harvests weights from anywhere, with kernels of any rank and size: one size a group.</summary>
    /// <param name="sources">The networks' weights; not disposed.</param>
    /// <param name="grouping">Which layers go together.</param>
    /// <param name="threshold">Which kernels are dropped; null for 5 % of the group's median norm.</param>
    /// <returns>A kernel set for each group, in the groups' order, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">There are none, a layer is missing, a group has kernels of two sizes,
    /// or all of its kernels have died.</exception>
    public static IReadOnlyList<KernelSet> Of(
        IEnumerable<SourceWeights> sources, KernelGrouping grouping, KernelThreshold? threshold = null)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(grouping);
        return Collect(sources.Select(source => Cut(source, grouping)), grouping, threshold);
    }

    internal static KernelGrouping LayersOf(SnapshotSet snapshots)
    {
        using var network = new UNet3d(snapshots.Options);
        return KernelGrouping.Consecutive(network.KernelLayers);
    }

    private static List<KernelPile> Cut(SourceWeights source, KernelGrouping grouping)
        => [.. grouping.Layers.Select(layer => KernelPile.Cut(source, layer, grouping.GroupOf(layer)))];

    private static List<KernelSet> Collect(IEnumerable<List<KernelPile>> sources, KernelGrouping grouping, KernelThreshold? threshold)
    {
        List<KernelPile> piles = [];
        List<KernelSet> sets = [];
        try
        {
            foreach (var cut in sources)
                piles.AddRange(cut);
            if (piles.Count == 0)
                throw new ArgumentException("there are no weights to harvest", nameof(sources));
            foreach (var group in grouping.Groups)
                sets.Add(
                    KernelPile.Join(group, [.. piles.Where(pile => pile.Group == group)], threshold ?? KernelThreshold.RelativeToMedian()));
            return sets;
        }
        catch
        {
            sets.ForEach(set => set.Dispose());
            throw;
        }
        finally
        {
            piles.ForEach(pile => pile.Dispose());
        }
    }
}
