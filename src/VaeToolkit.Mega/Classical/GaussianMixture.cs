using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using TorchSharp;
using VaeToolkit.Mega.Moments;

namespace VaeToolkit.Mega.Classical;

/// <summary>A mixture of normal distributions, p(x) = Σ π_k N(x; μ_k, Σ_k), with full, tied, diagonal or spherical covariances.</summary>
public sealed class GaussianMixture : ClassicalModel
{
    private const double LargestCondition = 1e12;
    private readonly Cholesky<double>[] _factors;

    /// <summary>A mixture with given parameters.</summary>
    /// <param name="weights">π, K values that sum to one within 1e-6, none negative.</param>
    /// <param name="means">μ, K × D.</param>
    /// <param name="covariances">Σ_k, K symmetric positive definite matrices D × D.</param>
    /// <param name="form">What the covariances have in common; counted in <see cref="ParameterCount"/>.</param>
    /// <exception cref="ArgumentException">Sizes disagree, weights are negative or do not sum to one, or a covariance is not positive
    /// definite: the message names it.</exception>
    public GaussianMixture(IReadOnlyList<double> weights, Matrix<double> means, IReadOnlyList<Matrix<double>> covariances,
        CovarianceForm form = CovarianceForm.Full)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(covariances);
        if (weights.Count != means.RowCount || covariances.Count != means.RowCount)
            throw new ArgumentException($"there are {weights.Count} weights, {means.RowCount} means and {covariances.Count} "
                + "covariances; they must be as many", nameof(weights));
        var bad = weights.ToList().FindIndex(weight => !(weight >= 0));
        if (bad >= 0)
            throw new ArgumentException(Rows.Text($"weight {bad} is {weights[bad]}; it cannot be negative"), nameof(weights));
        if (!(Math.Abs(weights.Sum() - 1) <= 1e-6))
            throw new ArgumentException(Rows.Text($"the weights sum to {weights.Sum()}; they must sum to 1"), nameof(weights));
        (Weights, Means, Covariances, Form) = ([.. weights], means, [.. covariances], form);
        _factors = [.. covariances.Select((covariance, k) => Factor(covariance, k, means.ColumnCount))];
    }

    /// <summary>π, K values.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>μ, K × D.</summary>
    public Matrix<double> Means { get; }

    /// <summary>Σ_k, K matrices D × D.</summary>
    public IReadOnlyList<Matrix<double>> Covariances { get; }

    /// <summary>What the covariances have in common.</summary>
    public CovarianceForm Form { get; }

    /// <summary>Number of components K.</summary>
    public int Components => Weights.Count;

    /// <inheritdoc/>
    public override int Dimension => Means.ColumnCount;

    /// <summary>(K − 1) + KD and the covariances': full K D(D+1)/2, tied D(D+1)/2, diagonal KD, spherical K.</summary>
    public override int ParameterCount => Components - 1 + Components * Dimension + Form switch
    {
        CovarianceForm.Full => Components * Dimension * (Dimension + 1) / 2,
        CovarianceForm.Tied => Dimension * (Dimension + 1) / 2,
        CovarianceForm.Diagonal => Components * Dimension,
        _ => Components,
    };

    /// <summary>Σ π_k μ_k, and Σ π_k (Σ_k + (μ_k − μ)ᵀ(μ_k − μ)).</summary>
    public override SecondMoments ExactMoments
    {
        get
        {
            var mean = Means.LeftMultiply(Vector<double>.Build.DenseOfEnumerable(Weights));
            var covariance = Matrix<double>.Build.Dense(Dimension, Dimension);
            for (var k = 0; k < Components; k++)
            {
                var shift = Means.Row(k) - mean;
                covariance += (Covariances[k] + shift.OuterProduct(shift)) * Weights[k];
            }
            return new(mean, covariance);
        }
    }

    /// <summary>
    /// Components that have collapsed, or are about to: fewer than D + 1 expected rows (with full covariances), or a covariance whose
    /// condition number is above 1e12. The likelihood has no maximum there.
    /// </summary>
    /// <param name="rows">Number of rows to which the mixture was fitted.</param>
    public IReadOnlyList<int> DegenerateComponents(long rows)
        => [.. Enumerable.Range(0, Components).Where(
            k => (Form == CovarianceForm.Full && Weights[k] * rows < Dimension + 1) || Condition(Covariances[k]) > LargestCondition)];

    /// <summary>
    /// Fits by expectation maximisation from several k-means++ starts, or from given labels, and keeps the run with the highest likelihood
    /// among those without degenerate components, or among all when there is none.
    /// </summary>
    /// <param name="data">Rows <c>[N, D]</c>, at least two.</param>
    /// <param name="components">K, from 1 to N.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Looked at between iterations.</param>
    /// <exception cref="ArgumentException">Data or options are out of range; a bad row is named.</exception>
    /// <exception cref="DegenerateDataException">Every start ended in a covariance that is not positive definite.</exception>
    public static ModelFit<GaussianMixture> Fit(
        torch.Tensor data, int components, MixtureOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var rows = Rows.Checked(data, nameof(data), least: 2);
        if (components < 1 || components > rows.shape[0])
            throw new ArgumentOutOfRangeException(
                nameof(components), components, $"the number of components K must be between 1 and the {rows.shape[0]} rows");
        options = (options ?? new()).Validated();
        options.RequireLabelsFit(components, rows.shape[0]);
        return new MixtureEm(rows, components, options).Fit(cancellationToken);
    }

    /// <summary>p(k|x) of every row, <c>[N, K]</c>, float64, of the caller's dispose scope.</summary>
    /// <param name="x">Rows <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">Another D, or NaN or infinity: the message names the row.</exception>
    public torch.Tensor Responsibilities(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        return JointLogProb(Rows.Checked(x, Dimension, nameof(x))).softmax(0).t().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ConditionalMoments Draw(int count)
    {
        Shape.RequirePositive(count, "the number of draws", nameof(count));
        return ConditionalMoments.OfComponents(
            Rows.Tensor(Means), torch.stack([.. Covariances.Select(Rows.Tensor)]), DrawComponents(count));
    }

    /// <summary>ln π_k + ln N(x; μ_k, Σ_k), <c>[K, N]</c>.</summary>
    internal torch.Tensor JointLogProb(torch.Tensor x)
        => torch.stack([.. Enumerable.Range(0, Components).Select(k =>
        {
            var whitened = (x - Rows.Tensor(Means.Row(k))).mm(Rows.Tensor(_factors[k].Factor.Inverse()).t());
            var constant = Math.Log(Weights[k]) - 0.5 * (_factors[k].DeterminantLn + Dimension * Math.Log(2 * Math.PI));
            return whitened.square().sum(dim: 1) * -0.5 + constant;
        })]);

    private protected override torch.Tensor RowLogProb(torch.Tensor x) => JointLogProb(x).logsumexp(0);

    private protected override torch.Tensor DrawRows(int count)
    {
        var components = DrawComponents(count);
        var noise = torch.randn([count, Dimension], torch.float64, torch.CPU);
        var rows = Rows.Tensor(Means).index_select(0, components);
        for (var k = 0L; k < Components; k++)
            rows = rows + noise.mm(Rows.Tensor(_factors[k].Factor).t()) * components.eq(k).to(torch.float64).unsqueeze(1);
        return rows;
    }

    private static Cholesky<double> Factor(Matrix<double> covariance, int index, int size)
    {
        if (covariance.RowCount != size || covariance.ColumnCount != size)
            throw new ArgumentException(
                $"covariance {index} is {covariance.RowCount} × {covariance.ColumnCount}; it must be {size} × {size}", nameof(covariance));
        if ((covariance - covariance.Transpose()).InfinityNorm() > 1e-8 * covariance.InfinityNorm())
            throw new ArgumentException($"covariance {index} is not symmetric", nameof(covariance));
        try
        {
            return covariance.Cholesky();
        }
        catch (ArgumentException)
        {
            throw new ArgumentException($"covariance {index} is not positive definite", nameof(covariance));
        }
    }

    private static double Condition(Matrix<double> covariance)
    {
        var values = covariance.Evd(Symmetricity.Symmetric).EigenValues;
        return values[0].Real > 0 ? values[^1].Real / values[0].Real : double.PositiveInfinity;
    }

    private torch.Tensor DrawComponents(int count) => torch.multinomial(torch.tensor(Weights.ToArray(), device: torch.CPU), count, replacement: true);
}
