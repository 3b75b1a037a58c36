namespace VaeToolkit.Training;

/// <summary>Averages losses and terms over batches, each weighted by its number of items.</summary>
internal sealed class LossAverage
{
    private readonly OrderedDictionary<string, double> _sums = [];
    private double _lossSum;
    private double _weight;

    public double Loss => _lossSum / _weight;

    public IReadOnlyDictionary<string, double> Terms =>
        new OrderedDictionary<string, double>(_sums.Select(sum => KeyValuePair.Create(sum.Key, sum.Value / _weight)));

    public void Add(double loss, IReadOnlyDictionary<string, double> terms, long items)
    {
        _weight += items;
        _lossSum += loss * items;
        foreach (var (name, value) in terms)
            _sums[name] = _sums.GetValueOrDefault(name) + (value * items);
    }
}
