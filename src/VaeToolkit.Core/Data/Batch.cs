using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// One batch of items. It owns its tensors, which belong to no dispose scope. A batch that comes from a <see cref="DataSource"/>
/// lives until the next one is asked for: the source disposes it, so a plain <c>foreach</c> leaks nothing.
/// </summary>
/// <param name="items">Items <c>[N, *item]</c>; the batch takes ownership.</param>
/// <param name="labels">Labels <c>[N]</c>, <c>[N, D, H, W]</c> where every voxel has one, or null; the batch takes ownership. Whole numbers
/// of another type become int64.</param>
/// <exception cref="ArgumentNullException"><paramref name="items"/> is null.</exception>
/// <exception cref="ArgumentException"><paramref name="items"/> is one number and no list of items.</exception>
public sealed class Batch(torch.Tensor items, torch.Tensor? labels = null) : IDisposable
{
    private readonly torch.Tensor _items = Require(items).DetachFromDisposeScope();
    private readonly torch.Tensor? _given = labels?.DetachFromDisposeScope();
    private readonly torch.Tensor? _labels = Whole(labels)?.DetachFromDisposeScope();

    /// <summary>Items <c>[N, *item]</c>.</summary>
    /// <exception cref="ObjectDisposedException">The batch is disposed, as a source's batch is when the next one is asked for.</exception>
    public torch.Tensor Items => !_items.IsInvalid ? _items : throw Gone();

    /// <summary>Labels <c>[N]</c> (int64), <c>[N, D, H, W]</c> where every voxel has one, or null.</summary>
    /// <exception cref="ObjectDisposedException">As of <see cref="Items"/>.</exception>
    public torch.Tensor? Labels => _labels is null || !_labels.IsInvalid ? _labels : throw Gone();

    /// <summary>Number of items N.</summary>
    public long Size => Items.shape[0];

    /// <summary>
    /// How many items, from the first on, have a label that the source knows to be one; the labels of the others are hidden. Null where the
    /// labels alone tell, which have to be read then: on a GPU that waits for all that it was told to do before.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or above <see cref="Size"/>.</exception>
    public long? LabelledItems
    {
        get;
        init => field = value is null || (value >= 0 && value <= Size) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"of {Size} items, 0 to {Size} can be labelled");
    }

    /// <summary>
    /// How many tokens, the end's among them, the longest item has at most, where items are sequences and the source has counted them; or
    /// null. What follows is padding for all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int? LongestSequence
    {
        get;
        init => field = value is not < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "a sequence has at least 1 token, its end");
    }

    /// <summary>Which items of a larger batch these are, where a source has fetched no others.</summary>
    internal ItemRows? Part { get; init; }

    /// <summary>Number of items of the whole batch.</summary>
    internal long Total => Part?.Total ?? Size;

    /// <summary>Some consecutive items, as views of its tensors, and what is said of them.</summary>
    /// <param name="start">The first, from 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="part">Which of a larger batch they are, where no others were fetched.</param>
    internal Batch Slice(long start, long count, ItemRows? part = null)
        => new(Items.narrow(0, start, count), Labels?.narrow(0, start, count))
        {
            Part = part,
            LabelledItems = LabelledItems is { } labelled ? Math.Clamp(labelled - start, 0, count) : null,
            LongestSequence = LongestSequence,
        };

    /// <summary>Its items in other tensors, which the new batch takes over, and what is said of them.</summary>
    internal Batch In(torch.Tensor items, torch.Tensor? labels)
        => new(items, labels) { Part = Part, LabelledItems = LabelledItems, LongestSequence = LongestSequence };

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        _items.Dispose();
        _labels?.Dispose();
        _given?.Dispose();
    }

    /// <summary>Shape and type of the items, and whether they have labels.</summary>
    public override string ToString()
        => $"{Size} items {Shape.Text(Items.shape[1..])}, {Items.dtype}, {(Labels is null ? "without labels" : "with labels")}";

    private static torch.Tensor Require(torch.Tensor items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items.Dimensions >= 1 ? items
            : throw new ArgumentException("items is a single number; it must be items [N, *item]", nameof(items));
    }

    private static torch.Tensor? Whole(torch.Tensor? labels)
        => labels is null || labels.IsInvalid || labels.dtype == torch.int64 || labels.is_floating_point() || labels.is_complex()
            ? labels : labels.to(torch.int64);

    private static ObjectDisposedException Gone() => new(nameof(Batch),
        "This batch is gone: a source disposes its batch when the next one is asked for or the enumeration ends, also by First() and "
        + "ToList(). Use it within the loop, or keep copies: Select(batch => batch.Items.clone()).");
}
