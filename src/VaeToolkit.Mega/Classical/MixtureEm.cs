using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// Expectation maximisation of a Gaussian mixture, on standardised rows. Many starts take a few iterations; the best of every group of them
/// goes on until it settles (Biernacki, Celeux &amp; Govaert 2003).
/// </summary>
internal sealed class MixtureEm
{
    // Runs that end in a degenerate mixture are replaced, up to so many times what was asked for.
    private const int MostTries = 2;

    // Starts a group, fewer where an iteration is costly, and their iterations.
    private const int MostStarts = 8;
    private const double AffordableWork = 2e8;
    private const int ShortRun = 15;
    private const int KMeansIterations = 100;

    // Of a column's variance: enough for a Cholesky factor, too little to be seen in a sound component.
    private const double Added = 1e-12;
    private readonly Standardisation _standard;
    private readonly torch.Tensor _rows;
    private readonly torch.Tensor _whitened;
    private readonly MixtureRows _columns;
    private readonly double[] _added;
    private readonly int _components;
    private readonly MixtureOptions _options;

    /// <summary>What is made lives in the caller's dispose scope.</summary>
    /// <exception cref="DegenerateDataException">A column is constant, and nothing is added to its variance.</exception>
    internal MixtureEm(torch.Tensor rows, torch.ScalarType type, int components, MixtureOptions options)
    {
        if (components * rows.shape[0] > Array.MaxLength)
            throw new ArgumentException(
                $"{components} components of {rows.shape[0]} rows have {components * rows.shape[0]} responsibilities, of which an array "
                + $"holds at most {Array.MaxLength}; fit a sample of the rows", nameof(rows));
        (_components, _options) = (components, options);
        _standard = Standardisation.Of(rows, type, common: options.Form == CovarianceForm.Spherical);
        if (_standard.Constant.Count > 0 && options.Form != CovarianceForm.Spherical && options.Regularisation == 0)
            throw new DegenerateDataException(
                $"column {_standard.Constant[0]} is constant, so the likelihood has no maximum; leave it out, or set a Regularisation "
                + "above 0");
        _rows = _standard.Apply(rows);
        _whitened = options.Form == CovarianceForm.Full ? Whitened(_rows) : _rows;
        _columns = new(_rows);
        _added = [.. _standard.Scale.Select(scale => options.Regularisation is { } added ? added / (scale * scale) : Added)];
    }

    private bool CanCollapse => _components > 1 && _options.Form != CovarianceForm.Tied;

    private double WorkOfAnIteration => (double)_columns.Count * _components * _columns.Dimension * _columns.Dimension;

    internal ModelFit<GaussianMixture> Fit(CancellationToken cancellationToken)
    {
        if (_options.StartLabels is { } labels)
            return Restored(Run([[.. labels.Select(label => (long)label)]], cancellationToken));
        if (_components == 1)
            return Restored(Run([new long[_columns.Count]], cancellationToken));
        // The first groups are the same for every seed, so that what is found does not hang on it; the seed draws those that replace them.
        Random[] sources = [new(0), new(_options.Em.Seed)];
        var (best, sound) = ((Candidate?)null, 0);
        DegenerateDataException? failure = null;
        for (var tries = 0; sound < _options.Restarts && tries < MostTries * _options.Restarts; tries++)
        {
            try
            {
                var candidate = Run(Starts(sources[tries < _options.Restarts ? 0 : 1]), cancellationToken);
                sound += candidate.Rank.IsSound ? 1 : 0;
                best = Better(best, candidate);
            }
            catch (DegenerateDataException exception)
            {
                failure = exception;
            }
        }
        return best is null ? throw failure! : Restored(best);
    }

    // Clusters of columns and of principal axes, settled and as first drawn: each finds optima that the others miss.
    private IEnumerable<long[]> Starts(Random random)
        => Enumerable.Range(0, (int)Math.Clamp(AffordableWork / WorkOfAnIteration, 1, MostStarts)).Select(i => KMeans.Labels(
            i % 4 < 2 ? _rows : _whitened, _components, random, i % 2 == 0 ? KMeansIterations : 0));

    private Candidate Run(IEnumerable<long[]> starts, CancellationToken cancellationToken)
    {
        var first = BestShortRun(starts, cancellationToken).Run;
        var left = _options.Em.MaxIterations - first.LogLikelihoods.Count + 1;
        if (first.Converged || left < 1)
            return Judged(first);
        var rest = (_options.Em with { MaxIterations = left }).Run(
            first.State, first.LogLikelihoods[^1], _columns.Dimension, state => Step(state.Responsibilities), cancellationToken);
        return Judged(rest with { LogLikelihoods = [.. first.LogLikelihoods, .. rest.LogLikelihoods.Skip(1)] });
    }

    private Candidate BestShortRun(IEnumerable<long[]> starts, CancellationToken cancellationToken)
    {
        Candidate? best = null;
        DegenerateDataException? failure = null;
        foreach (var labels in starts)
        {
            try
            {
                best = Better(best, Judged(ShortRunFrom(labels, cancellationToken)));
            }
            catch (DegenerateDataException exception)
            {
                failure = exception;
            }
        }
        return best ?? throw failure!;
    }

    private static Candidate Better(Candidate? best, Candidate candidate)
        => best is null || candidate.Rank.CompareTo(best.Rank) > 0 ? candidate : best;

    private EmRun<EmState> ShortRunFrom(long[] labels, CancellationToken cancellationToken)
    {
        var responsibilities = new double[_components * labels.Length];
        for (var i = 0; i < labels.Length; i++)
            responsibilities[labels[i] * labels.Length + i] = 1;
        var (start, logLikelihood) = Step(responsibilities);
        var options = _options.Em with { MaxIterations = Math.Min(ShortRun, _options.Em.MaxIterations) };
        return options.Run(start, logLikelihood, _columns.Dimension, state => Step(state.Responsibilities), cancellationToken);
    }

    // Sound ones first, then by what they predict.
    private Candidate Judged(EmRun<EmState> run)
    {
        var (parameters, logLikelihood) = (run.State.Parameters, run.LogLikelihoods[^1]);
        return new(run, (
            parameters.Degenerate(_options.Form, _columns.Count).Length == 0,
            CanCollapse ? parameters.LeaveOneOut(_columns, _options.Form) : logLikelihood,
            logLikelihood));
    }

    // An M-step and an E-step, which writes over the responsibilities, K times N values.
    private (EmState, double) Step(double[] responsibilities)
    {
        var parameters = Maximise(responsibilities);
        parameters.JointLogProb(_columns, responsibilities);
        var logLikelihood = MixtureParameters.Normalise(responsibilities, _columns.Count);
        return (new(parameters, responsibilities), logLikelihood);
    }

    private MixtureParameters Maximise(double[] responsibilities)
    {
        double[] counts = [.. Enumerable.Range(0, _components).Select(k => Of(k).Sum())];
        var empty = Array.FindIndex(counts, count => !(count > 1e-8));
        if (empty >= 0)
            throw new DegenerateDataException($"component {empty} of {_components} has lost all its rows; use fewer components");
        var total = counts.Sum();
        double[] weights = [.. counts.Select(count => count / total)];
        double[][] means = [.. counts.Select((count, k) => _columns.Mean(Of(k), count))];
        var covariances = counts.Select((count, k) => Covariance(Of(k), means[k], count)).ToArray();
        if (_options.Form != CovarianceForm.Tied)
            return new(weights, means, [.. covariances.Select(Root)]);
        var tied = Root(covariances.Select((covariance, k) => covariance * weights[k]).Aggregate((a, b) => a + b));
        return new(weights, means, [.. Enumerable.Repeat(tied, _components)]);

        ArraySegment<double> Of(int k) => new(responsibilities, k * _columns.Count, _columns.Count);
    }

    // The columns themselves where they depend on each other.
    private static torch.Tensor Whitened(torch.Tensor rows)
    {
        var (factor, info) = torch.linalg.cholesky_ex(rows.t().mm(rows) / (double)rows.shape[0]);
        return info.ToInt32() == 0 ? torch.linalg.solve_triangular(factor, rows.t(), upper: false).t().contiguous() : rows;
    }

    // Before anything is added to the diagonal: D × D, or D × 1 where the axes are independent.
    private Matrix<double> Covariance(ReadOnlySpan<double> weights, double[] mean, double count)
    {
        var size = mean.Length;
        if (_options.Form is CovarianceForm.Full or CovarianceForm.Tied)
            return Matrix<double>.Build.Dense(size, size, _columns.Scatter(weights, mean)) / count;
        var variances = _columns.ScatterOfAxes(weights, mean);
        return Matrix<double>.Build.Dense(
            size, 1, _options.Form == CovarianceForm.Diagonal ? variances : [.. Enumerable.Repeat(variances.Average(), size)]) / count;
    }

    private double[] Root(Matrix<double> covariance)
    {
        if (covariance.ColumnCount == 1)
        {
            double[] variances = [.. _added.Select((added, j) => covariance[j, 0] + added)];
            return variances.Min() > 0 ? [.. variances.Select(Math.Sqrt)] : throw Collapsed();
        }
        for (var j = 0; j < _added.Length; j++)
            covariance[j, j] += _added[j];
        return MixtureRows.Cholesky(covariance) ?? throw Collapsed();
    }

    private static DegenerateDataException Collapsed()
        => new("a covariance is not positive definite: a component has collapsed; use Regularisation or fewer components");

    private ModelFit<GaussianMixture> Restored(Candidate candidate)
    {
        var (scale, parameters) = (_standard.Scale, candidate.Run.State.Parameters);
        var means = parameters.Means.Select(mean => _standard.Location(Vector<double>.Build.Dense(mean)));
        var covariances = Enumerable.Range(0, _components).Select(k =>
            parameters.Covariance(k).MapIndexed((i, j, value) => value * scale[i] * scale[j])).ToArray();
        try
        {
            var model = new GaussianMixture(parameters.Weights, Matrix<double>.Build.DenseOfRowVectors(means), covariances, _options.Form);
            return _standard.Fit(candidate.Run, model, _columns.Count, _standard.LogScale);
        }
        catch (ArgumentException)
        {
            throw Collapsed();
        }
    }

    // A mixture and p(k|x) of the rows under it.
    private sealed record EmState(MixtureParameters Parameters, double[] Responsibilities);

    private sealed record Candidate(EmRun<EmState> Run, (bool IsSound, double, double) Rank);
}
