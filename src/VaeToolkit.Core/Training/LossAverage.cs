namespace VaeToolkit.Training;

/// <summary>Averages losses and terms over batches, each weighted by its number of items.</summary>
internal sealed class LossAverage
{
    private readonly OrderedDictionary<string, double> _sums = [];
    private double _lossSum;

    public double Loss => _lossSum / Items;

    /// <summary>How many items have been averaged.</summary>
    public long Items { get; private set; }

    public IReadOnlyDictionary<string, double> Terms =>
        new OrderedDictionary<string, double>(_sums.Select(sum => KeyValuePair.Create(sum.Key, sum.Value / Items)));

    public void Add(double loss, IReadOnlyDictionary<string, double> terms, long items)
    {
        Items += items;
        _lossSum += loss * items;
        foreach (var (name, value) in terms)
            _sums[name] = _sums.GetValueOrDefault(name) + (value * items);
    }
}
