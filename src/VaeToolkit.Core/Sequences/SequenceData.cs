using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Sequences in memory, in batches of sequences about as long as each other: what is computed for a batch goes with its longest sequence,
/// so batches drawn without regard to length cost about twice as much. The order of sequences, and of batches, is a function of
/// (seed, epoch).
/// </summary>
public sealed class SequenceData : DataSource
{
    // So many batches are drawn together, and sorted by length before they are divided.
    private const int BatchesDrawnTogether = 16;

    private readonly TensorData _items;
    private readonly int[] _lengths;
    private readonly bool _areTokens;

    /// <summary>Sequences from a tensor. It is not copied and not disposed: this object holds a second handle on the same memory.</summary>
    /// <param name="items">Items <c>[N, *item]</c>, floating-point, finite, such as <see cref="TokenAlphabet.Rows"/>.</param>
    /// <param name="lengths">The length of each, <c>[N]</c>; null counts the tokens of rows <c>[N, L]</c>.</param>
    /// <param name="countTokens">Whether given lengths count tokens, each sequence's end among them: then batches tell their longest
    /// (<see cref="Batch.LongestSequence"/>), which a step on a GPU would else have to read.</param>
    /// <exception cref="ArgumentException">There are no items, values that are not finite, or another number of lengths.</exception>
    public SequenceData(torch.Tensor items, IReadOnlyList<int>? lengths = null, bool countTokens = false)
    {
        ArgumentNullException.ThrowIfNull(items);
        (_lengths, _areTokens) = lengths is null ? (Counted(items), true) : ([.. lengths], countTokens);
        if (items.Dimensions > 0 && _lengths.Length != items.shape[0])
            throw new ArgumentException($"there are {items.shape[0]} items and {_lengths.Length} lengths", nameof(lengths));
        _items = new TensorData(items);
    }

    private SequenceData(TensorData items, int[] lengths, bool areTokens) => (_items, _lengths, _areTokens) = (items, lengths, areTokens);

    /// <inheritdoc/>
    public override long Count => _items.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _items.ItemShape;

    /// <summary>
    /// Some of the items; the part shares the memory and is good for as long as this object is.
    /// </summary>
    /// <param name="indices">Places in stored order, from 0, at least one, in the order that the part shall have.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public SequenceData Select(IReadOnlyList<long> indices)
        => new(_items.Select(indices), [.. indices.Select(index => _lengths[index])], _areTokens);

    /// <summary>A hash of all items and lengths, in stored order.</summary>
    public override string? Fingerprint()
    {
        using var hash = new ContentHash();
        hash.Add(_items.Fingerprint()!);
        hash.Add(MemoryMarshal.AsBytes<int>(_lengths));
        return hash.Digits();
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        if (size < 1 || size > Count)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"A batch has from 1 to {Count} items, as many as there are.");
        return Enumerate(Order(size, seed, epoch), size);
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => Told(_items.InOrder(size, seed), place => _lengths[place]);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _items.Dispose();
    }

    // Whole batches in random order, then what is left over, as sources have it.
    private long[] Order(int size, long seed, int epoch)
    {
        var random = SplitMix64.For(seed, epoch);
        var order = new long[Count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        random.Shuffle(order);
        for (var start = 0; start < order.Length; start += size * BatchesDrawnTogether)
            order.AsSpan(start, Math.Min(size * BatchesDrawnTogether, order.Length - start)).Sort(ByLength);
        var whole = order.Length / size;
        var batches = new long[whole];
        for (var i = 0; i < whole; i++)
            batches[i] = i;
        random.Shuffle(batches);
        return [.. batches.SelectMany(batch => order.AsSpan((int)batch * size, size).ToArray()), .. order.AsSpan(whole * size)];
    }

    private int ByLength(long one, long other)
        => _lengths[one] != _lengths[other] ? _lengths[one].CompareTo(_lengths[other]) : one.CompareTo(other);

    private IEnumerable<Batch> Enumerate(long[] order, int size)
    {
        using var ordered = _items.Select(order);
        foreach (var batch in Told(ordered.InOrder(size), place => _lengths[order[place]]))
            yield return batch;
    }

    // On a GPU a batch that says how long its sequences are need not be asked.
    private IEnumerable<Batch> Told(IEnumerable<Batch> batches, Func<int, int> length)
    {
        var before = 0;
        foreach (var batch in batches)
        {
            var size = (int)batch.Size;
            using var told = new Batch(batch.Items.alias())
            {
                LongestSequence = _areTokens ? Math.Max(1, Enumerable.Range(before, size).Max(length)) : null,
            };
            before += size;
            yield return told;
        }
    }

    private static int[] Counted(torch.Tensor items)
    {
        if (items.Dimensions != 2)
            throw new ArgumentException($"items has shape {Shape.Text(items)}; without lengths it must be rows [N, L]", nameof(items));
        using var scope = torch.NewDisposeScope();
        return [.. (items != TokenAlphabet.Padding).sum(1).cpu().data<long>().Select(count => (int)count)];
    }
}
