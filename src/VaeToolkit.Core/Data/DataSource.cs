using System.Collections.ObjectModel;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Items that come in batches. The order is a function of (seed, epoch) and of nothing else, so that any epoch of any run
/// can be had again.
/// </summary>
public abstract class DataSource : IDisposable
{
    /// <summary>Number of items.</summary>
    public abstract long Count { get; }

    /// <summary>Shape of one item, such as <c>[1, 28, 28]</c>.</summary>
    public abstract IReadOnlyList<long> ItemShape { get; }

    /// <summary>
    /// What decides the items' values beside the data themselves, such as binarisation and augmentation, by name and in words; by default
    /// nothing. A run is resumed with the same only, and ranks must have the same, so a path or a machine's name does not belong here.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> Settings => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// What tells the data from others of as many items, such as a hash of all values and labels; null, the default, where that would cost
    /// too much. A run is resumed with the same only. It is asked for once, when a run with checkpoints or
    /// ranks begins.
    /// </summary>
    public virtual string? Fingerprint() => null;

    /// <summary>
    /// Batches in an order drawn from (seed, epoch), every item once, the last batch smaller when the count does not divide.
    /// A batch is disposed when the next one is asked for or the enumeration ends.
    /// </summary>
    /// <param name="size">Items a batch, at least 1 and at most <see cref="Count"/>.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of range.</exception>
    public abstract IEnumerable<Batch> Batches(int size, long seed, int epoch);

    /// <summary>The same for one of several ranks, whose own items suffice.</summary>
    /// <param name="ranks">The ranks; null for the whole batches.</param>
    /// <param name="size">Items of a whole batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    internal virtual IEnumerable<Batch> BatchesFor(RankGroup? ranks, int size, long seed, int epoch) => Batches(size, seed, epoch);

    /// <summary>
    /// Batches in the stored order, for evaluation. Random binarisation, if any, is drawn from the seed, so is the same every time.
    /// </summary>
    /// <param name="size">Items a batch, at least 1; a size above <see cref="Count"/> gives one batch.</param>
    /// <param name="seed">Seed of what is random in the items.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public abstract IEnumerable<Batch> InOrder(int size, long seed = 0);

    /// <summary>The same for one of several ranks, whose own items suffice.</summary>
    /// <param name="ranks">The ranks; null for the whole batches.</param>
    /// <param name="size">Items of a whole batch.</param>
    /// <param name="seed">Seed of what is random in the items.</param>
    internal virtual IEnumerable<Batch> InOrderFor(RankGroup? ranks, int size, long seed) => InOrder(size, seed);

    /// <summary>The batches of <see cref="InOrder"/>; also the source's first refusal comes only when one is asked for.</summary>
    internal IEnumerable<Batch> InOrderOnDemand(int size, long seed)
    {
        foreach (var batch in InOrder(size, seed))
            yield return batch;
    }

    /// <summary>What an item is called in messages; by default its number, from 0.</summary>
    /// <param name="position">Its place in <see cref="InOrder"/>, from 0.</param>
    /// <param name="size">Items a batch that <see cref="InOrder"/> was asked for.</param>
    public virtual string NameOf(long position, int size) => FormattableString.Invariant($"Item {position}");

    /// <summary>
    /// How many items to ask <see cref="InOrder"/> for where all are read once, before training: a megabyte of values. Allocators keep what
    /// was freed, and no tensor of a step may need as much as a larger reading.
    /// </summary>
    internal int ItemsAtATime => (int)Math.Clamp((1L << 18) / Math.Max(1, Shape.Size(ItemShape)), 1, Math.Max(1, Count));

    /// <summary>
    /// The numbers 0 to count − 1 in the order in which the library's own sources give their items: for a source of your own, so that it
    /// trains as one in memory does.
    /// </summary>
    /// <param name="count">Number of items, at least 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    protected static long[] Order(long count, long seed, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var order = new long[count];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        ItemStore.Shuffle(order, seed, epoch);
        return order;
    }

    /// <summary>How many items of which shape.</summary>
    public override string ToString() => $"{GetType().Name}: {Count} items {Shape.Text(ItemShape)}";

    /// <summary>Releases the tensors that this source owns. A part made by splitting owns none but its own order.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the source owns.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
