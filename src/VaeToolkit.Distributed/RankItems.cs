using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>Divides what is reckoned item by item, such as predictions, among ranks.</summary>
public static class RankItems
{
    /// <summary>This rank's share of some items: consecutive ones, as many for each rank as can be, give or take one.</summary>
    /// <param name="exchange">The ranks.</param>
    /// <param name="items">How many items there are, at least 0.</param>
    /// <returns>The first of them, from 0, and how many.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="items"/> is negative.</exception>
    public static (long First, long Count) ShareOf(this IExchange exchange, long items)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        var first = First(exchange.Rank);
        return (first, First(exchange.Rank + 1) - first);

        long First(int rank) => items * rank / exchange.Size;
    }

    /// <summary>The numbers of all items, given those of this rank's share; all ranks make the call and get the same.</summary>
    /// <param name="exchange">The ranks.</param>
    /// <param name="own">The numbers of this rank's share, as many for each item.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="each">Numbers of an item, at least 1.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as the share has.</exception>
    public static double[] Collect(this IExchange exchange, ReadOnlySpan<double> own, long items, int each = 1)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentOutOfRangeException.ThrowIfLessThan(each, 1);
        var (first, count) = exchange.ShareOf(items);
        if (own.Length != count * each)
            throw new ArgumentException(
                FormattableString.Invariant($"own has {own.Length} numbers; this rank's {count} items have {each} each"), nameof(own));
        var all = new double[items * each];
        own.CopyTo(all.AsSpan((int)(first * each)));
        exchange.AllReduce(all);
        return all;
    }
}
