namespace VaeToolkit.Training;

/// <summary>Averages losses and terms over batches, each weighted by its number of items.</summary>
internal sealed class LossAverage
{
    private readonly OrderedDictionary<string, double> sums = [];
    private double lossSum;
    private double weight;

    public double Loss => lossSum / weight;

    public IReadOnlyDictionary<string, double> Terms =>
        new OrderedDictionary<string, double>(sums.Select(sum => KeyValuePair.Create(sum.Key, sum.Value / weight)));

    public void Add(double loss, IReadOnlyDictionary<string, double> terms, long items)
    {
        weight += items;
        lossSum += loss * items;
        foreach (var (name, value) in terms)
            sums[name] = sums.GetValueOrDefault(name) + (value * items);
    }
}
