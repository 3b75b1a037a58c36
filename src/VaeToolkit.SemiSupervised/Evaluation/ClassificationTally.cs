namespace VaeToolkit.SemiSupervised;

/// <summary>Counts what a classifier says about items of known class.</summary>
internal sealed class ClassificationTally
{
    private const int Bins = 15;
    private readonly double[] _confidence = new double[Bins];
    private readonly long[] _correct = new long[Bins];
    private readonly long[] _items = new long[Bins];
    private long[][] _confusion = [];
    private double _logLoss;

    /// <summary>How many items there are so far.</summary>
    internal long Count => _items.Sum();

    /// <summary>Adds items of known class.</summary>
    /// <param name="logProbs">Log-probabilities of all classes of each, one item after the other.</param>
    /// <param name="labels">Their classes.</param>
    internal void Add(double[] logProbs, IReadOnlyList<long> labels)
    {
        var size = logProbs.Length / labels.Count;
        if (_confusion.Length == 0)
            _confusion = [.. Enumerable.Range(0, size).Select(_ => new long[size])];
        for (var i = 0; i < labels.Count; i++)
            Add(logProbs.AsSpan(i * size, size), labels[i]);
    }

    internal ClassificationReport Report()
    {
        var items = _items.Sum();
        return new()
        {
            Accuracy = (double)_correct.Sum() / items,
            CalibrationError = Enumerable.Range(0, Bins).Sum(bin => Math.Abs(_correct[bin] - _confidence[bin])) / items,
            LogLoss = _logLoss / items,
            Confusion = _confusion,
            Items = items,
        };
    }

    private void Add(ReadOnlySpan<double> logProbs, long label)
    {
        if (label < 0 || label >= logProbs.Length)
            throw new ArgumentException(
                $"the label of row {_items.Sum()} is {label}; there are classes 0 to {logProbs.Length - 1}", nameof(label));
        var guess = 0;
        for (var i = 0; i < logProbs.Length; i++)
        {
            if (double.IsNaN(logProbs[i]))
                throw new ArithmeticException(
                    $"the answer for item {_items.Sum()} of the data is NaN: its values are too large for the classifier, or the weights "
                    + "are not finite");
            if (logProbs[i] > logProbs[guess])
                guess = i;
        }
        var confidence = Math.Exp(logProbs[guess]);
        var bin = Math.Min(Bins - 1, (int)(confidence * Bins));
        _items[bin]++;
        _confidence[bin] += confidence;
        _correct[bin] += guess == label ? 1 : 0;
        _confusion[label][guess]++;
        _logLoss -= logProbs[(int)label];
    }
}
