using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Mega;

/// <summary>A mixture of normal distributions, p(x) = Σ π_k N(x; μ_k, Σ_k), with full, tied, diagonal or spherical
/// covariances.</summary>
public sealed class GaussianMixture : ClassicalModel
{
    // 2^100: lengths are divided by it where their squares are beyond what there are numbers for.
    private const double Closer = 1.2676506002282294e30;

    // Lower Cholesky factors of the covariances.
    private readonly Matrix<double>[] _factors;

    /// <summary>A mixture with given parameters.</summary>
    /// <param name="weights">π, K values that sum to one within 1e-6, none negative.</param>
    /// <param name="means">μ, K × D.</param>
    /// <param name="covariances">Σ_k, K symmetric positive definite matrices D × D.</param>
    /// <param name="form">What the covariances have in common; counted in <see cref="ParameterCount"/>.</param>
    /// <exception cref="ArgumentException">Sizes disagree, weights are negative or do not sum to one, or a covariance is not positive
    /// definite: the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The form is none of the enumeration's values.</exception>
    public GaussianMixture(IReadOnlyList<double> weights, Matrix<double> means, IReadOnlyList<Matrix<double>> covariances,
        CovarianceForm form = CovarianceForm.Full)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(covariances);
        OptionRange.RequireKnown(form, nameof(form));
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
            // From the first one's, so that what the means have in common is not rounded.
            var first = Means.Row(0);
            var shifts = Matrix<double>.Build.DenseOfRowVectors(Means.EnumerateRows().Select(row => row - first));
            var mean = first + shifts.LeftMultiply(Vector<double>.Build.DenseOfEnumerable(Weights));
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
    /// Components that have collapsed, or are about to: fewer expected rows than their covariance needs (D + 1 when it is full, 2 when it
    /// is diagonal or spherical), or a variance in some direction that has vanished beside the mixture's own (below 1e-11 in units of each
    /// column's). The likelihood has no maximum there, and its value says nothing about the data.
    /// </summary>
    /// <param name="rows">Number of rows to which the mixture was fitted.</param>
    public IReadOnlyList<int> DegenerateComponents(long rows) => Parameters().Degenerate(Form, rows);

    /// <summary>
    /// Fits by expectation maximisation from many k-means++ starts, which are the same whatever the seed
    /// (<see cref="MixtureOptions.Em"/>), or from given labels. It works on standardised columns (with one scale
    /// for all where covariances are spherical), so it does not depend on their units. Runs that end in degenerate components are replaced,
    /// up to twice as many; of the others it keeps the run that predicts each row best from the rest of the rows, so that a likelihood
    /// that a component owes to the few rows it is made of does not count (with tied covariances, the one with the highest likelihood).
    /// Where the likelihood has so many optima that no two runs on small data end in the best, a finding says so.
    /// </summary>
    /// <remarks>When every start ends in degenerate components, the best of those is returned: see <see cref="DegenerateComponents"/>
    /// and <see cref="ModelFit{TModel}.Findings"/>.</remarks>
    /// <param name="data">Rows <c>[N, D]</c>, at least two.</param>
    /// <param name="components">K, from 1 to N.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Looked at between iterations.</param>
    /// <exception cref="ArgumentException">Data or options are out of range; a bad row and column are named.</exception>
    /// <exception cref="DegenerateDataException">All rows are the same; or, unless covariances are spherical, a column is constant and
    /// <see cref="MixtureOptions.Regularisation"/> 0; or there are fewer rows than the covariances need, K (D + 1) when they are full,
    /// K + D when tied, 2 K otherwise, and nothing is added to them; or every start ended in a covariance that is not positive
    /// definite.</exception>
    public static ModelFit<GaussianMixture> Fit(
        torch.Tensor data, int components, MixtureOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var rows = Rows.Checked(data, nameof(data), least: 2);
        var (count, dimension) = (rows.shape[0], (int)rows.shape[1]);
        if (components < 1 || components > count)
            throw new ArgumentOutOfRangeException(
                nameof(components), components, $"the number of components K must be between 1 and the {count} rows");
        options = (options ?? new()).Validated();
        options.RequireLabelsFit(components, count);
        var needed = options.Form == CovarianceForm.Tied
            ? components + dimension
            : (long)components * MixtureParameters.RowsPerComponent(options.Form, dimension);
        if (count < needed && !(options.Regularisation > 0))
        {
            throw new DegenerateDataException(
                $"{count} rows are too few for {components} component(s) with {options.Form.ToString().ToLowerInvariant()} covariances of "
                + $"{dimension} columns, whose likelihood has no maximum below {needed} rows; take a simpler form, fewer components, or "
                + "set Regularisation");
        }
        return new MixtureEm(rows, data.dtype, components, options).Fit(cancellationToken);
    }

    /// <summary>p(k|x) of every row, <c>[N, K]</c>, float64, of the caller's dispose scope.</summary>
    /// <param name="x">Rows <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">Another D, or NaN or infinity: the message names the row.</exception>
    public torch.Tensor Responsibilities(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        var rows = Rows.Checked(x, Dimension, nameof(x));
        var joint = JointLogProb(rows);
        // Where every density is 0 the nearest component has the row, and nearest it stays when all lengths shrink alike.
        for (var (unit, scaled) = (Closer, Parameters()); joint.amax(0).isneginf().any().ToBoolean(); unit *= Closer)
        {
            scaled = scaled.Shrunk(Closer);
            joint = torch.where(joint.amax(0).isneginf(), JointLogProb(rows / unit, scaled), joint);
        }
        return joint.softmax(0).t().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override ConditionalMoments Draw(int count)
    {
        Shape.RequirePositive(count, "the number of draws", nameof(count));
        return ConditionalMoments.OfComponents(
            Rows.Tensor(Means), torch.stack([.. Covariances.Select(Rows.Tensor)]), DrawComponents(count));
    }

    /// <summary>K, the form, and every component's weight, means and deviations.</summary>
    public override string ToString()
    {
        const int Shown = 6;
        var columns = Enumerable.Range(0, Math.Min(Dimension, Shown)).ToArray();
        var table = TextTable.Of(
            ["component", "weight", .. columns.SelectMany(j => new[] { $"mean {j}", $"deviation {j}" })], Components,
            k => [TextTable.Number(k), TextTable.Number(Weights[k]), .. columns.SelectMany(j => new[]
            {
                TextTable.Number(Means[k, j]), TextTable.Number(Math.Sqrt(Covariances[k][j, j])),
            })]);
        return $"{nameof(GaussianMixture)}: K = {Components}, {Form.ToString().ToLowerInvariant()} covariances, D = {Dimension}"
            + (Dimension > Shown ? $", the first {Shown} columns" : "") + Environment.NewLine + table;
    }

    internal override IEnumerable<string> Findings(long rows) => DegenerateComponents(rows).Select(k => Rows.Text(
        $"component {k} ({Weights[k] * rows:F1} rows) has collapsed, so the likelihood says nothing; ")
            + "use fewer components, a simpler form, or set Regularisation");

    private protected override torch.Tensor RowLogProb(torch.Tensor x) => JointLogProb(x).logsumexp(0);

    private protected override torch.Tensor DrawRows(int count)
    {
        var components = DrawComponents(count);
        var noise = torch.randn([count, Dimension], torch.float64, torch.CPU);
        var rows = Rows.Tensor(Means).index_select(0, components);
        for (var k = 0; k < Components; k++)
            rows = rows + noise.mm(Rows.Tensor(_factors[k]).t()) * components.eq(k).to(torch.float64).unsqueeze(1);
        return rows;
    }

    private static Matrix<double> Factor(Matrix<double> covariance, int index, int size)
    {
        if (covariance.RowCount != size || covariance.ColumnCount != size)
            throw new ArgumentException(
                $"covariance {index} is {covariance.RowCount} × {covariance.ColumnCount}; it must be {size} × {size}",
                    nameof(covariance));
        using var scope = torch.NewDisposeScope();
        var matrix = Rows.Tensor(covariance);
        // Every entry beside its own deviations: columns may be of very different size.
        var deviations = matrix.diagonal().abs().sqrt();
        if ((matrix - matrix.t()).abs().gt(deviations.unsqueeze(1) * deviations * 1e-8).any().ToBoolean())
            throw new ArgumentException($"covariance {index} is not symmetric", nameof(covariance));
        var (factor, info) = torch.linalg.cholesky_ex(matrix);
        return info.ToInt32() == 0 && factor.isfinite().all().ToBoolean()
            ? Rows.Matrix(factor)
            : throw new ArgumentException($"covariance {index} is not positive definite", nameof(covariance));
    }

    /// <summary>The parameters with full factors, whatever the form.</summary>
    internal MixtureParameters Parameters()
        => new([.. Weights], Means.ToRowArrays(), [.. _factors.Select(factor => factor.ToRowMajorArray())]);

    // ln π_k + ln N(x; μ_k, Σ_k), [K, N]: of some rows at a time, so that no array is larger than it may be.
    private torch.Tensor JointLogProb(torch.Tensor x) => JointLogProb(x, Parameters());

    private torch.Tensor JointLogProb(torch.Tensor x, MixtureParameters parameters)
    {
        const int RowsAtATime = 1 << 16;
        return torch.cat([.. x.split(RowsAtATime).Select(part => torch.tensor(
            parameters.JointLogProb(new MixtureRows(part)), device: torch.CPU).reshape(Components, -1))], dim: 1);
    }

    private torch.Tensor DrawComponents(int count)
        => torch.multinomial(torch.tensor(Weights.ToArray(), device: torch.CPU), count, replacement: true);
}
