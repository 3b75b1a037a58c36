using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>
/// B μ of data that come in batches, in float64: a softmax over all items by a running maximum, and the nearest item of each vertex.
/// </summary>
internal sealed class VertexTally
{
    private readonly double[,] _vertices;
    private readonly double[] _largest;
    private readonly double[] _masses;
    private readonly double[,] _sums;
    private readonly NearestItem?[] _nearest;
    private double _scales;

    public VertexTally(ArchetypeSimplex simplex)
    {
        _vertices = simplex.Vertices();
        (_largest, _masses) = (new double[simplex.Count], new double[simplex.Count]);
        Array.Fill(_largest, double.NegativeInfinity);
        _sums = new double[simplex.Count, simplex.Dimension];
        _nearest = new NearestItem?[simplex.Count];
    }

    public long Items { get; private set; }

    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message says which of all it is.</exception>
    public void Add(ArchetypeReading reading)
    {
        foreach (var answers in (torch.Tensor[])[reading.Posterior.Mean, reading.MixingLogits, reading.Weights])
            Shape.RequireAnswers(answers, "data", Items);
        var (means, logits) = (RowMatrix.Of(reading.Posterior.Mean, "means"), RowMatrix.Of(reading.MixingLogits, "logits"));
        var weights = RowMatrix.Of(reading.Weights, "weights");
        _scales += (reading.Posterior.LogVariance * 0.5).exp().mean().ToDouble() * means.GetLength(0);
        for (var n = 0; n < means.GetLength(0); n++)
        {
            for (var k = 0; k < _largest.Length; k++)
            {
                AddToMixture(k, means, n, logits[n, k]);
                var distance = Distance(k, j => means[n, j]);
                if (_nearest[k] is not { } best || distance < best.Distance)
                    _nearest[k] = new(k, Items + n, distance, weights[n, k]);
            }
        }
        Items += means.GetLength(0);
    }

    public VertexReport Report()
    {
        var predicted = Enumerable.Range(0, _largest.Length).Select(k => (IReadOnlyList<double>)
            [.. Enumerable.Range(0, _sums.GetLength(1)).Select(j => _sums[k, j] / _masses[k])]).ToArray();
        double[] distances = [.. predicted.Select((row, k) => Distance(k, j => row[j]))];
        return new()
        {
            Predicted = predicted,
            Distances = distances,
            ArchetypeLoss = distances.Sum(distance => distance * distance) / _sums.Length,
            Nearest = [.. _nearest.Select(item => item!)],
            MeanScale = _scales / Items,
            Items = Items,
        };
    }

    private void AddToMixture(int k, double[,] means, int n, double logit)
    {
        if (logit > _largest[k])
        {
            var rescale = Math.Exp(_largest[k] - logit);
            _masses[k] *= rescale;
            for (var j = 0; j < means.GetLength(1); j++)
                _sums[k, j] *= rescale;
            _largest[k] = logit;
        }
        var mass = Math.Exp(logit - _largest[k]);
        _masses[k] += mass;
        for (var j = 0; j < means.GetLength(1); j++)
            _sums[k, j] += mass * means[n, j];
    }

    private double Distance(int k, Func<int, double> coordinate)
    {
        var sum = 0.0;
        for (var j = 0; j < _vertices.GetLength(1); j++)
            sum += Math.Pow(coordinate(j) - _vertices[k, j], 2);
        return Math.Sqrt(sum);
    }
}
