using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Mega.Classical;

/// <summary>EM of probabilistic PCA where values are missing (NaN): row by row, over what is observed.</summary>
internal sealed class MissingValueEm
{
    private readonly int[][] _observed;
    private readonly double[][] _values;
    private readonly int _dimension;
    private readonly int _entries;
    private double _totalVariance;

    internal MissingValueEm(Matrix<double> rows)
    {
        _dimension = rows.ColumnCount;
        _observed = [.. rows.EnumerateRows().Select(row => Enumerable.Range(0, row.Count).Where(j => !double.IsNaN(row[j])).ToArray())];
        _values = [.. rows.EnumerateRows().Select(row => row.Where(value => !double.IsNaN(value)).ToArray())];
        _entries = _observed.Sum(row => row.Length);
        var empty = Array.FindIndex(_observed, row => row.Length == 0);
        if (empty >= 0)
            throw new ArgumentException($"row {empty} has no observed value; leave it out", nameof(rows));
        var unseen = Enumerable.Range(0, _dimension).Except(_observed.SelectMany(row => row)).ToArray();
        if (unseen.Length > 0)
            throw new ArgumentException($"column {unseen[0]} has no observed value; leave it out", nameof(rows));
    }

    internal ModelFit<ProbabilisticPca> Fit(int latentSize, EmOptions options, CancellationToken cancellationToken)
    {
        var (sums, counts) = (new double[_dimension], new int[_dimension]);
        Each((_, j, value) => (sums[j], counts[j]) = (sums[j] + value, counts[j] + 1));
        var mean = Vector<double>.Build.Dense(_dimension, j => sums[j] / counts[j]);
        var squares = 0.0;
        Each((_, j, value) => squares += (value - mean[j]) * (value - mean[j]));
        _totalVariance = squares / _entries * _dimension;
        var start = ProbabilisticPca.Start(mean, squares / _entries, latentSize, options.Seed);
        return options.Run(start, LogLikelihood(start), Next, cancellationToken);
    }

    private (ProbabilisticPca, double) Next(ProbabilisticPca model)
    {
        // The latent vector with a 1 at its end: the mean is one more column of W.
        var posteriors = Posteriors(model).Select(posterior => Augmented(posterior)).ToArray();
        var size = model.LatentSize + 1;
        var second = Enumerable.Range(0, _dimension).Select(_ => Matrix<double>.Build.Dense(size, size)).ToArray();
        var cross = Enumerable.Range(0, _dimension).Select(_ => Vector<double>.Build.Dense(size)).ToArray();
        Each((i, j, value) =>
        {
            second[j] += posteriors[i].Second;
            cross[j] += posteriors[i].Mean * value;
        });
        var solved = Enumerable.Range(0, _dimension).Select(j => second[j].Cholesky().Solve(cross[j])).ToArray();
        var error = 0.0;
        Each((i, j, value) =>
            error += value * value - 2 * value * (solved[j] * posteriors[i].Mean) + solved[j] * posteriors[i].Second * solved[j]);
        var weights = Matrix<double>.Build.DenseOfRowVectors(solved.Select(row => row.SubVector(0, model.LatentSize)));
        var next = new ProbabilisticPca(Vector<double>.Build.DenseOfEnumerable(solved.Select(row => row[^1])), weights,
            ProbabilisticPca.RequireNoise(error / _entries, _totalVariance, model.LatentSize));
        return (next, LogLikelihood(next));
    }

    private double LogLikelihood(ProbabilisticPca model) => Posteriors(model).Average(posterior => posterior.LogEvidence);

    private IEnumerable<LatentPosterior> Posteriors(ProbabilisticPca model)
        => _observed.Select((indices, i) => LatentPosterior.Of(model, indices, _values[i]));

    private static (Vector<double> Mean, Matrix<double> Second) Augmented(LatentPosterior posterior)
    {
        var size = posterior.Mean.Count;
        var mean = Vector<double>.Build.Dense(size + 1, j => j < size ? posterior.Mean[j] : 1);
        var second = mean.OuterProduct(mean);
        second.SetSubMatrix(0, 0, second.SubMatrix(0, size, 0, size) + posterior.Covariance);
        return (mean, second);
    }

    private void Each(Action<int, int, double> visit)
    {
        for (var i = 0; i < _observed.Length; i++)
        {
            for (var k = 0; k < _observed[i].Length; k++)
                visit(i, _observed[i][k], _values[i][k]);
        }
    }
}
