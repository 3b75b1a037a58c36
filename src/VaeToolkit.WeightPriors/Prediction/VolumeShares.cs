using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>Which volumes each rank predicts: whole batches of them, so that each volume is reckoned as it is by one process.</summary>
internal sealed class VolumeShares(IExchange exchange, long volumes, int batchSize)
{
    private readonly long _batches = ((volumes - 1) / batchSize) + 1;

    /// <summary>The first of this rank's, from 0.</summary>
    internal long First => HasNone ? 0 : Start(exchange.Rank);

    // Such a rank predicts the first batch for nobody, since it has to say of what kind its numbers are.
    private bool HasNone => Start(exchange.Rank) == Start(exchange.Rank + 1);

    /// <summary>Those of this rank.</summary>
    internal torch.Tensor Own(torch.Tensor all)
        => all.narrow(0, First, HasNone ? Math.Min(batchSize, volumes) : Start(exchange.Rank + 1) - First);

    /// <summary>The prediction of all volumes, on all ranks.</summary>
    internal SegmentationPrediction Collect(SegmentationPrediction own)
    {
        using var scope = torch.NewDisposeScope();
        return new(
            Whole(own.Probabilities), Whole(own.Entropy), Whole(own.MutualInformation), Whole(own.StandardDeviation),
            [.. own.ForegroundVoxels.Select(Whole)]);
    }

    private torch.Tensor Whole(torch.Tensor own)
    {
        var all = torch.empty([volumes, .. own.shape[1..]], own.dtype);
        if (!HasNone)
            all.narrow(0, First, own.shape[0]).copy_(own);
        foreach (var (rank, volume) in Owners())
            exchange.Broadcast(all[volume].bytes, rank);
        return all.to(own.device);
    }

    private long[] Whole(long[] own)
    {
        var all = new long[volumes];
        if (!HasNone)
            own.CopyTo(all.AsSpan((int)First));
        foreach (var (rank, volume) in Owners())
            exchange.Broadcast(MemoryMarshal.AsBytes(all.AsSpan((int)volume, 1)), rank);
        return all;
    }

    // Volume by volume: spans and MPI count bytes by int.
    private IEnumerable<(int Rank, long Volume)> Owners()
    {
        for (var rank = 0; rank < exchange.Size; rank++)
        {
            for (var volume = Start(rank); volume < Start(rank + 1); volume++)
                yield return (rank, volume);
        }
    }

    private long Start(int rank) => Math.Min(volumes, _batches * rank / exchange.Size * batchSize);
}
