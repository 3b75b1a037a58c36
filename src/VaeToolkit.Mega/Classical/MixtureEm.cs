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
    private readonly torch.Tensor _added;
    private readonly int _components;
    private readonly MixtureOptions _options;

    /// <summary>What is made lives in the caller's dispose scope.</summary>
    internal MixtureEm(torch.Tensor rows, int components, MixtureOptions options)
    {
        (_components, _options) = (components, options);
        _standard = Standardisation.Of(rows, common: options.Form == CovarianceForm.Spherical);
        _rows = _standard.Apply(rows);
        _whitened = options.Form == CovarianceForm.Full ? Whitened(_rows) : _rows;
        var scale = Rows.Tensor(_standard.Scale);
        _added = options.Regularisation is { } added ? added / scale.square() : torch.full_like(scale, Added);
    }

    private bool CanCollapse => _components > 1 && _options.Form != CovarianceForm.Tied;

    private double WorkOfAnIteration => (double)_rows.shape[0] * _components * _rows.shape[1] * _rows.shape[1];

    internal ModelFit<GaussianMixture> Fit(CancellationToken cancellationToken)
    {
        if (_options.StartLabels is { } labels)
            return Restored(Run([[.. labels.Select(label => (long)label)]], cancellationToken));
        if (_components == 1)
            return Restored(Run([new long[_rows.shape[0]]], cancellationToken));
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
        using var scope = torch.NewDisposeScope();
        var first = BestShortRun(starts, cancellationToken).Run;
        var left = _options.Em.MaxIterations - first.LogLikelihoods.Count + 1;
        if (first.Converged || left < 1)
            return Judged(first);
        var rest = (_options.Em with { MaxIterations = left }).Run(
            first.State, first.LogLikelihoods[^1], (int)_rows.shape[1], Next, cancellationToken);
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
                using var scope = torch.NewDisposeScope();
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
    {
        var (better, worse) = best is null || candidate.Rank.CompareTo(best.Rank) > 0 ? (candidate, best) : (best, candidate);
        worse?.Run.State.Dispose();
        return better;
    }

    private EmRun<EmState> ShortRunFrom(long[] labels, CancellationToken cancellationToken)
    {
        var index = torch.arange(_components, torch.int64, torch.CPU).unsqueeze(1);
        var start = Step(torch.tensor(labels, device: torch.CPU).unsqueeze(0).eq(index).to(torch.float64));
        var options = _options.Em with { MaxIterations = Math.Min(ShortRun, _options.Em.MaxIterations) };
        return options.Run(start, start.MeanLogLikelihood(), (int)_rows.shape[1], Next, cancellationToken);
    }

    // Sound ones first, then by what they predict; the state goes to the scope around the current one.
    private Candidate Judged(EmRun<EmState> run)
    {
        var (parameters, logLikelihood) = (run.State.Parameters, run.LogLikelihoods[^1]);
        run.State.MoveToOuterDisposeScope();
        return new(run, (
            parameters.Degenerate(_options.Form, _rows.shape[0]).Length == 0,
            CanCollapse ? parameters.LeaveOneOut(_rows, _options.Form) : logLikelihood,
            logLikelihood));
    }

    private (EmState, double) Next(EmState state)
    {
        using var scope = torch.NewDisposeScope();
        using (state)
        {
            var next = Step(state.Joint.softmax(0));
            return (next.MoveToOuterDisposeScope(), next.MeanLogLikelihood());
        }
    }

    private EmState Step(torch.Tensor responsibilities)
    {
        var parameters = Maximise(responsibilities);
        return new(parameters, parameters.JointLogProb(_rows));
    }

    // The M-step from responsibilities [K, N], in the caller's scope.
    private MixtureParameters Maximise(torch.Tensor responsibilities)
    {
        var counts = Rows.Values(responsibilities.sum(dim: 1));
        var empty = Array.FindIndex(counts, count => !(count > 1e-8));
        if (empty >= 0)
            throw new DegenerateDataException($"component {empty} of {_components} has lost all its rows; use fewer components");
        var total = counts.Sum();
        double[] weights = [.. counts.Select(count => count / total)];
        var means = responsibilities.mm(_rows) / torch.tensor(counts, device: torch.CPU).unsqueeze(1);
        var scatters = Enumerable.Range(0, _components).Select(k => Scatter(responsibilities[k], means[k]) / counts[k]);
        var roots = _options.Form == CovarianceForm.Tied
            ? Root(scatters.Zip(weights, (scatter, weight) => scatter * weight).Aggregate((a, b) => a + b)).expand(_components, -1, -1)
            : torch.stack([.. scatters.Select(Root)]);
        return new MixtureParameters(weights, means, roots.contiguous());
    }

    // The columns themselves where they depend on each other.
    private static torch.Tensor Whitened(torch.Tensor rows)
    {
        var (factor, info) = torch.linalg.cholesky_ex(rows.t().mm(rows) / (double)rows.shape[0]);
        return info.ToInt32() == 0 ? torch.linalg.solve_triangular(factor, rows.t(), upper: false).t().contiguous() : rows;
    }

    // What is summed over the rows: a matrix, or the diagonal alone.
    private torch.Tensor Scatter(torch.Tensor weights, torch.Tensor mean)
    {
        var centred = _rows - mean;
        var weighted = centred * weights.unsqueeze(1);
        return _options.Form switch
        {
            CovarianceForm.Diagonal => (weighted * centred).sum(dim: 0),
            CovarianceForm.Spherical => (weighted * centred).sum(dim: 0).mean().expand(mean.shape[0]),
            _ => weighted.t().mm(centred),
        };
    }

    private torch.Tensor Root(torch.Tensor covariance)
    {
        if (covariance.Dimensions == 1)
        {
            var variances = covariance + _added;
            return variances.min().ToDouble() > 0 ? variances.sqrt() : throw Collapsed();
        }
        // Rounding leaves the two triangles a little apart.
        var (factor, info) = torch.linalg.cholesky_ex((covariance + covariance.t()) * 0.5 + _added.diag());
        return info.ToInt32() == 0 ? factor : throw Collapsed();
    }

    private static DegenerateDataException Collapsed()
        => new("a covariance is not positive definite: a component has collapsed; use Regularisation or fewer components");

    private ModelFit<GaussianMixture> Restored(Candidate candidate)
    {
        var (scale, parameters) = (_standard.Scale, candidate.Run.State.Parameters);
        var means = Rows.Matrix(parameters.Means);
        var covariances = Enumerable.Range(0, _components).Select(k =>
            parameters.Covariance(k).MapIndexed((i, j, value) => value * scale[i] * scale[j])).ToArray();
        try
        {
            var model = new GaussianMixture(
                parameters.Weights, Matrix<double>.Build.DenseOfRowVectors(means.EnumerateRows().Select(_standard.Location)), covariances,
                _options.Form);
            return Standardisation.Fit(candidate.Run, model, _rows.shape[0], _standard.LogScale);
        }
        catch (ArgumentException)
        {
            throw Collapsed();
        }
    }

    // A mixture and ln π_k N(x; μ_k, Σ_k) of the rows [K, N] under it.
    private sealed record EmState(MixtureParameters Parameters, torch.Tensor Joint) : IDisposable
    {
        internal double MeanLogLikelihood()
        {
            using var scope = torch.NewDisposeScope();
            return Joint.logsumexp(0).mean().ToDouble();
        }

        internal EmState MoveToOuterDisposeScope()
        {
            Parameters.MoveToOuterDisposeScope();
            Joint.MoveToOuterDisposeScope();
            return this;
        }

        public void Dispose()
        {
            Parameters.Dispose();
            Joint.Dispose();
        }
    }

    private sealed record Candidate(EmRun<EmState> Run, (bool IsSound, double, double) Rank);
}
