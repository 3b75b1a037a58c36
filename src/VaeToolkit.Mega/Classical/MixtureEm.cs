using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// Expectation maximisation of a Gaussian mixture, on standardised rows. Many starts take a few iterations; the best of every group of them
/// goes on until it settles (Biernacki, Celeux &amp; Govaert 2003).
/// </summary>
internal sealed class MixtureEm
{
    // Runs that end in a degenerate mixture are replaced, and where they end in many optima there are more, up to so many times what was
    // asked for.
    private const int MostTries = 2;

    // Starts a group, fewer where an iteration is costly, and their iterations.
    private const int MostStarts = 8;

    // An iteration's work below which more runs cost a moment.
    private const double CheapWork = 2e6;
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

    private bool IsCheap => WorkOfAnIteration <= CheapWork;

    private double WorkOfAnIteration => (double)_columns.Count * _components * _columns.Dimension * _columns.Dimension;

    internal ModelFit<GaussianMixture> Fit(CancellationToken cancellationToken)
    {
        if (_options.StartLabels is { } labels)
            return Restored(Run([[.. labels.Select(label => (long)label)]], cancellationToken), []);
        if (_components == 1)
            return Restored(Run([new long[_columns.Count]], cancellationToken), []);
        // The groups are the same for every seed, so that what is found does not hang on it, and where more are cheap they go on until two
        // runs agree. Where none do, which of many optima is the best is not known, and said.
        var source = new Random(0);
        var found = new MixtureOptima(_columns.Count, _options.Em.Tolerance * _columns.Dimension);
        DegenerateDataException? failure = null;
        for (var tries = 0; tries < MostTries * _options.Restarts && GoesOn(tries); tries++)
        {
            try
            {
                found.Add(Run(Starts(source), cancellationToken));
            }
            catch (DegenerateDataException exception)
            {
                failure = exception;
            }
        }
        return found.Best is { } best ? Restored(best, IsCheap && _options.Restarts > 1 ? found.Findings : []) : throw failure!;

        // Where all of many starts collapse, the data are such that a few more would be chance. Who asks for one run gets one.
        bool GoesOn(int tries) => !IsCheap ? found.Sound < _options.Restarts
            : found.Sound == 0 ? tries < Math.Max(_options.Restarts, MostTries)
            : found.Sound < _options.Restarts || (_options.Restarts > 1 && found.OfBest < 2);
    }

    // Clusters of columns and of principal axes, settled and as first drawn: each finds optima that the others miss.
    private IEnumerable<long[]> Starts(Random random)
        => Enumerable.Range(0, (int)Math.Clamp(AffordableWork / WorkOfAnIteration, 1, MostStarts)).Select(i => KMeans.Labels(
            i % 4 < 2 ? _rows : _whitened, _components, random, i % 2 == 0 ? KMeansIterations : 0));

    private MixtureCandidate Run(IEnumerable<long[]> starts, CancellationToken cancellationToken)
    {
        var first = BestShortRun(starts, cancellationToken).Run;
        var left = _options.Em.MaxIterations - first.LogLikelihoods.Count + 1;
        if (first.Converged || left < 1)
            return Judged(first);
        var rest = (_options.Em with { MaxIterations = left }).Run(
            first.State, first.LogLikelihoods[^1], _columns.Dimension, state => Step(state.Responsibilities), cancellationToken);
        return Judged(rest with { LogLikelihoods = [.. first.LogLikelihoods, .. rest.LogLikelihoods.Skip(1)] });
    }

    private MixtureCandidate BestShortRun(IEnumerable<long[]> starts, CancellationToken cancellationToken)
    {
        MixtureCandidate? best = null;
        DegenerateDataException? failure = null;
        foreach (var labels in starts)
        {
            try
            {
                best = MixtureCandidate.Better(best, Judged(ShortRunFrom(labels, cancellationToken)));
            }
            catch (DegenerateDataException exception)
            {
                failure = exception;
            }
        }
        return best ?? throw failure!;
    }

    private EmRun<MixtureState> ShortRunFrom(long[] labels, CancellationToken cancellationToken)
    {
        var responsibilities = new double[_components * labels.Length];
        for (var i = 0; i < labels.Length; i++)
            responsibilities[labels[i] * labels.Length + i] = 1;
        var (start, logLikelihood) = Step(responsibilities);
        var options = _options.Em with { MaxIterations = Math.Min(ShortRun, _options.Em.MaxIterations) };
        return options.Run(start, logLikelihood, _columns.Dimension, state => Step(state.Responsibilities), cancellationToken);
    }

    private MixtureCandidate Judged(EmRun<MixtureState> run)
    {
        var (parameters, logLikelihood) = (run.State.Parameters, run.LogLikelihoods[^1]);
        return new(run, (
            parameters.Degenerate(_options.Form, _columns.Count).Length == 0,
            CanCollapse ? parameters.LeaveOneOut(_columns, _options.Form) : logLikelihood,
            logLikelihood));
    }

    // An M-step and an E-step, which writes over the responsibilities, K times N values.
    private (MixtureState, double) Step(double[] responsibilities)
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

    private ModelFit<GaussianMixture> Restored(MixtureCandidate candidate, IReadOnlyList<string> findings)
    {
        var (scale, parameters) = (_standard.Scale, candidate.Run.State.Parameters);
        var means = parameters.Means.Select(mean => _standard.Location(Vector<double>.Build.Dense(mean)));
        var covariances = Enumerable.Range(0, _components).Select(k =>
            parameters.Covariance(k).MapIndexed((i, j, value) => value * scale[i] * scale[j])).ToArray();
        try
        {
            var model = new GaussianMixture(parameters.Weights, Matrix<double>.Build.DenseOfRowVectors(means), covariances, _options.Form);
            var fit = _standard.Fit(candidate.Run, model, _columns.Count, _standard.LogScale);
            return fit with { OfData = [.. fit.OfData, .. findings] };
        }
        catch (ArgumentException)
        {
            throw Collapsed();
        }
    }
}
