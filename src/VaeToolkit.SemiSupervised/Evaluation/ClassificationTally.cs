using TorchSharp;

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

    /// <summary>Adds items with log-probabilities <c>[N, Y]</c> and classes <c>[N]</c>.</summary>
    internal void Add(torch.Tensor logProbs, torch.Tensor classes)
    {
        var size = (int)logProbs.shape[1];
        if (_confusion.Length == 0)
            _confusion = [.. Enumerable.Range(0, size).Select(_ => new long[size])];
        var (best, given) = logProbs.max(1);
        using var values = logProbs.to(torch.float64).cpu().contiguous().data<double>();
        using var guesses = given.cpu().data<long>();
        using var labels = classes.cpu().data<long>();
        var (rows, guess, label) = (values.ToArray(), guesses.ToArray(), labels.ToArray());
        for (var i = 0; i < label.Length; i++)
            Add(rows.AsSpan(i * size, size), (int)guess[i], label[i]);
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

    private void Add(ReadOnlySpan<double> logProbs, int guess, long label)
    {
        if (label < 0 || label >= logProbs.Length)
            throw new ArgumentException(
                $"the label of row {_items.Sum()} is {label}; there are classes 0 to {logProbs.Length - 1}", nameof(label));
        foreach (var logProb in logProbs)
        {
            if (double.IsNaN(logProb))
                throw new ArithmeticException(
                    $"the answer for item {_items.Sum()} of the data is NaN: its values are too large for the classifier, or the weights "
                    + "are not finite");
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
