using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Mega.Moments;

namespace VaeToolkit.Mega.Classical;

/// <summary>Expectation maximisation of a Gaussian mixture.</summary>
internal sealed class MixtureEm(torch.Tensor rows, int components, MixtureOptions options)
{
    private readonly double _added = options.Regularisation ?? 1e-6 * DataMoments.Of(rows).Maximum.Covariance.Diagonal().Average();

    internal ModelFit<GaussianMixture> Fit(CancellationToken cancellationToken)
    {
        var random = new Random(options.Em.Seed);
        IEnumerable<IReadOnlyList<int>> starts = options.StartLabels is { } labels ? [labels]
            : Enumerable.Range(0, options.Restarts).Select(_ => KMeansLabels(random));
        ModelFit<GaussianMixture>? best = null;
        DegenerateDataException? failure = null;
        foreach (var start in starts)
        {
            try
            {
                var fit = Run(start, cancellationToken);
                best = best is null || Score(fit).CompareTo(Score(best)) > 0 ? fit : best;
            }
            catch (DegenerateDataException exception)
            {
                failure = exception;
            }
        }
        return best ?? throw failure!;
    }

    private (bool, double) Score(ModelFit<GaussianMixture> fit)
        => (fit.Model.DegenerateComponents(rows.shape[0]).Count == 0, fit.LogLikelihoods[^1]);

    private ModelFit<GaussianMixture> Run(IReadOnlyList<int> labels, CancellationToken cancellationToken)
    {
        using var scope = torch.NewDisposeScope();
        var index = torch.arange(components, torch.int64, torch.CPU).unsqueeze(1);
        var hard = torch.tensor(labels.Select(label => (long)label).ToArray(), device: torch.CPU).unsqueeze(0).eq(index).to(torch.float64);
        var start = Maximise(hard);
        return options.Em.Run(start, MeanLogLikelihood(start), Next, cancellationToken);
    }

    private (GaussianMixture, double) Next(GaussianMixture model)
    {
        using var scope = torch.NewDisposeScope();
        var next = Maximise(model.JointLogProb(rows).softmax(0));
        return (next, MeanLogLikelihood(next));
    }

    private double MeanLogLikelihood(GaussianMixture model)
    {
        using var scope = torch.NewDisposeScope();
        return model.JointLogProb(rows).logsumexp(0).mean().ToDouble();
    }

    // The M-step from responsibilities [K, N].
    private GaussianMixture Maximise(torch.Tensor responsibilities)
    {
        var counts = Rows.Values(responsibilities.sum(dim: 1));
        var empty = Array.FindIndex(counts, count => !(count > 1e-8));
        if (empty >= 0)
            throw new DegenerateDataException($"component {empty} of {components} has lost all its rows; use fewer components");
        var means = responsibilities.mm(rows) / torch.tensor(counts, device: torch.CPU).unsqueeze(1);
        var scatters = Enumerable.Range(0, components).Select(k => Scatter(responsibilities[k], means[k]) / counts[k]).ToArray();
        var total = counts.Sum();
        var covariances = options.Form == CovarianceForm.Tied
            ? Enumerable.Repeat(
                Regularised(scatters.Zip(counts, (scatter, count) => scatter * (count / total)).Aggregate((a, b) => a + b)), components)
            : scatters.Select(scatter => Regularised(Formed(scatter)));
        try
        {
            return new([.. counts.Select(count => count / total)], Rows.Matrix(means), [.. covariances], options.Form);
        }
        catch (ArgumentException exception)
        {
            throw new DegenerateDataException($"{exception.Message}: a component has collapsed; use Regularisation or fewer components");
        }
    }

    private Matrix<double> Scatter(torch.Tensor weights, torch.Tensor mean)
    {
        var centred = rows - mean;
        return Rows.Matrix((centred * weights.unsqueeze(1)).t().mm(centred));
    }

    private Matrix<double> Formed(Matrix<double> covariance) => options.Form switch
    {
        CovarianceForm.Diagonal => Matrix<double>.Build.DenseOfDiagonalVector(covariance.Diagonal()),
        CovarianceForm.Spherical => Matrix<double>.Build.DenseIdentity(covariance.RowCount) * (covariance.Trace() / covariance.RowCount),
        _ => covariance,
    };

    // Rounding leaves the two triangles a little apart.
    private Matrix<double> Regularised(Matrix<double> covariance)
        => (covariance + covariance.Transpose()) * 0.5 + Matrix<double>.Build.DenseIdentity(covariance.RowCount) * _added;

    // k-means++: every next centre is drawn in proportion to the squared distance from those before.
    private List<int> KMeansLabels(Random random)
    {
        using var scope = torch.NewDisposeScope();
        var count = (int)rows.shape[0];
        var nearest = Enumerable.Repeat(double.PositiveInfinity, count).ToArray();
        var labels = new int[count];
        var chosen = random.Next(count);
        for (var k = 0; k < components; k++)
        {
            var distances = Rows.Values((rows - rows[chosen]).square().sum(dim: 1));
            for (var i = 0; i < count; i++)
            {
                if (distances[i] < nearest[i])
                    (nearest[i], labels[i]) = (distances[i], k);
            }
            chosen = Drawn(nearest, random);
        }
        return [.. labels];
    }

    private static int Drawn(double[] shares, Random random)
    {
        var left = random.NextDouble() * shares.Sum();
        var index = Array.FindIndex(shares, share => (left -= share) < 0);
        return Math.Max(0, index);
    }
}
