using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Items and labels in one tensor each, whole or a part: what <see cref="ImageData"/> and <see cref="TensorData"/> share. A part shares
/// the tensors of the store it was split from and keeps only the rows that are its own.
/// </summary>
internal sealed class ItemStore : IDisposable
{
    // Streams that neither an epoch nor a row has, so that orders share no random numbers with what is drawn for items.
    private const long OrderStream = -1;
    private const long SplitStream = -2;

    // So much at a time stays in the processor's cache where it has to be gathered first.
    private const long BytesHashedTogether = 1 << 20;

    private readonly torch.Tensor _items;
    private readonly torch.Tensor? _labels;
    private readonly ItemStore? _whole;
    private readonly long[]? _rows;
    private bool _disposed;

    /// <summary>A whole store; it takes the tensors over. Items <c>[N, *item]</c>, labels <c>[N]</c> or null.</summary>
    public ItemStore(torch.Tensor items, torch.Tensor? labels)
    {
        _items = items.DetachFromDisposeScope();
        _labels = labels?.DetachFromDisposeScope();
        ItemShape = items.shape[1..];
    }

    private ItemStore(ItemStore whole, long[] rows)
    {
        (_items, _labels, _whole, _rows) = (whole._items, whole._labels, whole, rows);
        ItemShape = whole.ItemShape;
    }

    /// <summary>
    /// Makes the items that a model sees from the stored ones; given fresh rows and their numbers, here and on the items' device, inside a
    /// dispose scope.
    /// </summary>
    public delegate torch.Tensor Finish(torch.Tensor stored, ReadOnlySpan<long> rows, torch.Tensor rowsThere);

    public long Count => _rows?.Length ?? _items.shape[0];

    public long[] ItemShape { get; }

    public bool HasLabels => _labels is not null;

    public torch.Device Device => _items.device;

    /// <summary>Puts rows in the order of an epoch.</summary>
    public static void Shuffle(long[] rows, long seed, int epoch) => SplitMix64.For(seed, epoch, OrderStream).Shuffle(rows);

    /// <summary>The stored numbers of this store's items, in its own order.</summary>
    public long[] Rows()
    {
        if (_rows is not null)
            return [.. _rows];
        var all = new long[Count];
        for (var i = 0; i < all.Length; i++)
            all[i] = i;
        return all;
    }

    /// <summary>Splits at random, as a function of the seed; each part keeps the stored order.</summary>
    public (ItemStore First, ItemStore Second) Split(long first, long seed)
    {
        RequireUsable();
        if (first < 1 || first >= Count)
            throw new ArgumentOutOfRangeException(
                nameof(first), first, $"Both parts need items: of {Count} the first can have 1 to {Count - 1}.");
        var order = Rows();
        SplitMix64.For(seed, SplitStream, OrderStream).Shuffle(order);
        var (one, other) = (order[..(int)first], order[(int)first..]);
        Array.Sort(one);
        Array.Sort(other);
        return (new ItemStore(_whole ?? this, one), new ItemStore(_whole ?? this, other));
    }

    /// <summary>The first items in stored order.</summary>
    public ItemStore First(long count)
    {
        RequireUsable();
        if (count < 1 || count > Count)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"There are {Count} items; the first 1 to {Count} can be had.");
        return new ItemStore(_whole ?? this, Rows()[..(int)count]);
    }

    /// <summary>Some of the items, in the order asked for; an item may be asked for twice.</summary>
    public ItemStore Select(IReadOnlyList<long> indices)
    {
        RequireUsable();
        ArgumentNullException.ThrowIfNull(indices);
        if (indices.Count == 0)
            throw new ArgumentException("No items are asked for; there must be at least one.", nameof(indices));
        var all = Rows();
        var selected = new long[indices.Count];
        for (var i = 0; i < selected.Length; i++)
        {
            var index = indices[i];
            selected[i] = index >= 0 && index < all.Length
                ? all[index]
                : throw new ArgumentOutOfRangeException(nameof(indices), index, $"There are {Count} items, 0 to {Count - 1}.");
        }
        return new ItemStore(_whole ?? this, selected);
    }

    /// <summary>A whole store with this one's items on a device.</summary>
    public ItemStore To(torch.Device device)
    {
        RequireUsable();
        DeviceName.RequireValues(device);
        using var scope = torch.NewDisposeScope();
        var index = IndexTensor(Rows());
        return DeviceName.Move(
            device, () => new ItemStore(_items.index_select(0, index).to(device), _labels?.index_select(0, index).to(device)));
    }

    public long[]? ReadLabels()
    {
        RequireUsable();
        if (_labels is null)
            return null;
        using var scope = torch.NewDisposeScope();
        var all = MemoryMarshal.Cast<byte, long>(_labels.cpu().contiguous().bytes).ToArray();
        return _rows is null ? all : Array.ConvertAll(_rows, row => all[row]);
    }

    /// <summary>A hash of all items and labels in this store's order, wherever they are held.</summary>
    public string Fingerprint()
    {
        RequireUsable();
        using var scope = torch.NewDisposeScope();
        using var hash = new ContentHash();
        var index = _rows is null ? null : IndexTensor(_rows);
        foreach (var tensor in new[] { _items, _labels }.OfType<torch.Tensor>())
            Hash(hash, tensor, index);
        return hash.Digits();
    }

    /// <summary>Batches in the order of an epoch; for one of several ranks, its own items of each.</summary>
    public IEnumerable<Batch> Shuffled(int size, long seed, int epoch, Finish finish, RankGroup? ranks)
    {
        RequireUsable();
        if (size < 1 || size > Count)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"A batch has from 1 to {Count} items, as many as there are.");
        var order = Rows();
        Shuffle(order, seed, epoch);
        return Enumerate(order, size, finish, ranks);
    }

    /// <summary>Batches in this store's own order; for one of several ranks, its own items of each.</summary>
    public IEnumerable<Batch> InOrder(int size, Finish finish, RankGroup? ranks)
    {
        RequireUsable();
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return Enumerate(Rows(), size, finish, ranks);
    }

    public void Dispose()
    {
        _disposed = true;
        if (_whole is not null)
            return;
        _items.Dispose();
        _labels?.Dispose();
    }

    private IEnumerable<Batch> Enumerate(long[] order, int size, Finish finish, RankGroup? ranks)
    {
        using var index = IndexTensor(order).DetachFromDisposeScope();
        for (var start = 0; start < order.Length; start += size)
        {
            var count = Math.Min(size, order.Length - start);
            var rows = ranks is null ? new(count, 0, count) : ItemRows.Of(count, ranks.Rank, ranks.Size).OrFirst;
            using var batch = Gather(index, order, start, rows, finish);
            yield return batch;
        }
    }

    private Batch Gather(torch.Tensor index, long[] order, int start, ItemRows rows, Finish finish)
    {
        RequireUsable();
        using var scope = torch.NewDisposeScope();
        var first = start + (int)rows.Start;
        using var part = index.narrow(0, first, rows.Count);
        var batchLabels = _labels?.index_select(0, part);
        var items = finish(_items.index_select(0, part), order.AsSpan(first, (int)rows.Count), part);
        return new Batch(items, batchLabels) { Part = rows };
    }

    private void Hash(ContentHash hash, torch.Tensor tensor, torch.Tensor? index)
    {
        hash.Add(FormattableString.Invariant($"{tensor.dtype} {Shape.Text(ItemShape)}"));
        var size = Math.Max(1, BytesHashedTogether / Math.Max(1, tensor.ElementSize * Shape.Size(tensor.shape[1..])));
        for (var start = 0L; start < Count; start += size)
        {
            using var scope = torch.NewDisposeScope();
            var count = Math.Min(size, Count - start);
            var rows = index is null ? tensor.narrow(0, start, count) : tensor.index_select(0, index.narrow(0, start, count));
            hash.Add(rows.cpu().contiguous().bytes);
        }
    }

    private torch.Tensor IndexTensor(long[] order) => torch.tensor(order, dtype: torch.int64, device: _items.device);

    private void RequireUsable() => ObjectDisposedException.ThrowIf(_disposed || _whole is { _disposed: true }, this);
}
