namespace VaeToolkit;

/// <summary>Some items of a batch, on all ranks: see <see cref="WholeBatch.Pick"/>.</summary>
public sealed class ItemSubset : IDisposable
{
    private readonly IDisposable? _division;

    internal ItemSubset(long count, WholeBatch.Division? division)
    {
        Total = count;
        if (division is null)
            return;
        if (division.Exchange is not { } exchange)
        {
            // In a rank's trial of its own share others may have some: it goes through with a placeholder, as in a step.
            Total = Math.Max(1, count);
            _division = NoiseSource.ForAllItems();
            return;
        }
        var counts = new double[exchange.Size];
        counts[exchange.Rank] = division.Share == 0 ? 0 : count;
        WholeBatch.AddUp(exchange, counts);
        Total = (long)counts.Sum();
        if (Total == 0)
            return;
        var (own, before) = ((long)counts[exchange.Rank], (long)counts.Take(exchange.Rank).Sum());
        // A placeholder's noise is any row's.
        var rows = new ItemRows(Total, before, own).OrFirst;
        _division = WholeBatch.Use(division with { Count = own, Total = Total }, rows);
    }

    /// <summary>How many there are on all ranks together.</summary>
    public long Total { get; }

    /// <summary>The number of items of all ranks.</summary>
    public override string ToString() => FormattableString.Invariant($"{Total} items of all ranks");

    /// <summary>Ends it: what is computed next is of the whole batch again.</summary>
    public void Dispose() => _division?.Dispose();
}
