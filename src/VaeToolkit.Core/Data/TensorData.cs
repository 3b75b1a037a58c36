using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>Floating-point items in one tensor, such as rows of a table, with labels or without.</summary>
public sealed class TensorData : DataSource
{
    private readonly ItemStore _store;

    /// <summary>Items from a tensor. It is not copied and not disposed: this object holds a second handle on the same memory.</summary>
    /// <param name="items">Items <c>[N, *item]</c>, floating-point, finite.</param>
    /// <param name="labels">Labels <c>[N]</c> of any integer type, or null.</param>
    /// <exception cref="ArgumentException">There are no items, values that are not finite, or another number of labels.</exception>
    public TensorData(torch.Tensor items, torch.Tensor? labels = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        using var scope = torch.NewDisposeScope();
        CheckItems(items);
        _store = new ItemStore(items.detach(), labels is null ? null : LabelTensor.Prepare(labels, items));
    }

    private TensorData(ItemStore store) => _store = store;

    /// <inheritdoc/>
    public override long Count => _store.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _store.ItemShape;

    /// <summary>Whether items have labels.</summary>
    public bool HasLabels => _store.HasLabels;

    /// <summary>Splits at random into two parts that share the memory; they are good for as long as this object is.</summary>
    /// <param name="first">Number of items of the first part, at least 1 and below <see cref="Count"/>.</param>
    /// <param name="seed">The split is a function of it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part would be empty.</exception>
    public (TensorData First, TensorData Second) Split(long first, long seed)
    {
        var (one, other) = _store.Split(first, seed);
        return (new TensorData(one), new TensorData(other));
    }

    /// <summary>The first items in stored order; the part shares the memory and is good for as long as this object is.</summary>
    /// <param name="count">Number of items, at least 1 and at most <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is out of range.</exception>
    public TensorData First(long count) => new(_store.First(count));

    /// <summary>
    /// Some of the items, such as those of a class; the part shares the memory and is good for as long as this object is.
    /// </summary>
    /// <param name="indices">Places in stored order, from 0, at least one, in the order that the part shall have;
    /// a place may be given twice.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public TensorData Select(IReadOnlyList<long> indices) => new(_store.Select(indices));

    /// <summary>A copy on a device, which the caller disposes.</summary>
    /// <param name="device">Where to.</param>
    public TensorData To(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new TensorData(_store.To(device));
    }

    /// <summary>As <see cref="To(torch.Device)"/>, to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public TensorData To(string device) => To(DeviceName.Parse(device));

    /// <summary>The labels of this source's items, in stored order, or null when there are none.</summary>
    public long[]? ReadLabels() => _store.ReadLabels();

    /// <summary>A hash of all items and labels, in stored order.</summary>
    public override string? Fingerprint() => _store.Fingerprint();

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => BatchesFor(null, size, seed, epoch);

    internal override IEnumerable<Batch> BatchesFor(RankGroup? ranks, int size, long seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return _store.Shuffled(size, seed, epoch, (stored, _, _) => stored, ranks);
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => InOrderFor(null, size, seed);

    internal override IEnumerable<Batch> InOrderFor(RankGroup? ranks, int size, long seed)
        => _store.InOrder(size, (stored, _, _) => stored, ranks);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _store.Dispose();
    }

    private static void CheckItems(torch.Tensor items)
    {
        if (items.shape.Length < 2 || items.numel() == 0)
            throw new ArgumentException(
                $"Items must be [N, *item] with at least one value, but the shape is {Shape.Text(items)}.", nameof(items));
        if (!items.is_floating_point())
            throw new ArgumentException(
                $"Items must be floating-point, but are {items.dtype}; convert them, or use ImageData for bytes.", nameof(items));
        if (items.device_type == DeviceType.META)
            throw new ArgumentException("Items are on the device 'meta', which keeps no values.", nameof(items));
        if (items.is_sparse)
            throw new ArgumentException("Items are sparse; make them dense, items.to_dense().", nameof(items));
        if (Shape.FirstNonFinite(items) is { } bad)
            throw new ArgumentException(
                $"Item {bad[0]} holds NaN or infinity, at {Shape.Text(bad)}; mask or replace such values first.", nameof(items));
    }
}
