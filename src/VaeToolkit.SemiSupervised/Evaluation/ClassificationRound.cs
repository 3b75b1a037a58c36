using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// As many batches as there are ranks, or as are left, each answered by another rank: a source may draw by batch, so ranks divide one
/// process's batches.
/// </summary>
internal sealed class ClassificationRound(IExchange? exchange)
{
    private readonly List<long> _labels = [];
    private long _batches;
    private double[] _own = [];
    private int _ownStart;
    private long _classes;

    /// <summary>Classes of the items, in order; none where no batch was left.</summary>
    internal IReadOnlyList<long> Labels => _labels;

    /// <summary>Whether each rank has a batch.</summary>
    internal bool IsFull => _batches == (exchange?.Size ?? 1);

    /// <summary>Adds the next batch, for which the rank whose turn it is asks for log-probabilities <c>[N, C]</c>.</summary>
    /// <param name="labels">Classes of its items.</param>
    /// <param name="logProbs">Gives them, told how many items of the round come before.</param>
    internal void Add(torch.Tensor labels, Func<long, torch.Tensor> logProbs)
    {
        if (_batches++ == (exchange?.Rank ?? 0))
        {
            var own = logProbs(_labels.Count);
            using var values = own.to(torch.float64).cpu().contiguous().data<double>();
            (_own, _ownStart, _classes) = (values.ToArray(), _labels.Count, own.shape[1]);
        }
        using var accessor = labels.cpu().data<long>();
        _labels.AddRange(accessor.ToArray());
    }

    /// <summary>Log-probabilities of all classes of each item, on all ranks.</summary>
    internal double[] OfAll()
    {
        if (exchange is not { Size: > 1 })
            return _own;
        // A rank without a batch does not know how many classes there are; rank 0 has one.
        exchange.Broadcast(MemoryMarshal.AsBytes(new Span<long>(ref _classes)), root: 0);
        var all = new double[_labels.Count * _classes];
        _own.CopyTo(all, _ownStart * _classes);
        exchange.AllReduce(all);
        return all;
    }
}
