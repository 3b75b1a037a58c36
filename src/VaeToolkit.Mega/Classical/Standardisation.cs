using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// Columns shifted to mean 0 and scaled to deviation 1. Fits are made there and brought back, so that they do not depend on the columns'
/// units, nor lose digits to a mean far from zero. A constant column is scaled by its size.
/// </summary>
/// <param name="Centre">The columns' means, D values.</param>
/// <param name="Scale">The columns' deviations, D values above 0.</param>
/// <param name="Constant">Columns that are constant up to rounding, in ascending order.</param>
internal sealed record Standardisation(Vector<double> Centre, Vector<double> Scale, IReadOnlyList<int> Constant)
{
    private const int Shown = 6;

    /// <summary>Σ ln s: what a density loses on the way back.</summary>
    internal double LogScale => Scale.PointwiseLog().Sum();

    /// <summary>Names the columns that are constant, if there are any.</summary>
    private string[] Findings => Constant.Count == 0 ? [] :
    [
        $"{(Constant.Count == 1 ? "column" : "columns")} {string.Join(", ", Constant.Take(Shown))}"
        + (Constant.Count > Shown ? $" and {Constant.Count - Shown} more" : "")
        + (Constant.Count == 1 ? " is constant: it says nothing, and the" : " are constant: they say nothing, and the")
        + " log-likelihood counts all columns",
    ];

    /// <summary>From rows <c>[N, D]</c>, float64, NaN where a value is missing; with one scale for all where the model has one.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="type">The type that they came in, whose rounding a constant may show.</param>
    /// <param name="common">Whether all columns have one scale.</param>
    /// <exception cref="DegenerateDataException">All rows are the same.</exception>
    /// <exception cref="ArgumentException">A column's deviation is so small or large that its square is no number with all its digits: the
    /// first is named.</exception>
    internal static Standardisation Of(torch.Tensor rows, torch.ScalarType type, bool common)
    {
        using var scope = torch.NewDisposeScope();
        // By powers of two, which round nothing: squares stay in range, and so do sums.
        double[] units = [.. Rows.Vector(rows.nan_to_num(0).abs().amax([0L])).Select(PowerOfTwo)];
        var unit = torch.tensor(units, device: torch.CPU);
        rows = rows / unit;
        var missing = rows.isnan();
        var counts = missing.logical_not().to(torch.float64).sum(dim: 0);
        // Twice: far from zero a sum is rounded to the values' size, the sum of differences is not.
        var near = rows.masked_fill(missing, 0).sum(dim: 0) / counts;
        var centre = near + (rows - near).masked_fill(missing, 0).sum(dim: 0) / counts;
        var squares = (rows - centre).masked_fill(missing, 0).square().sum(dim: 0);
        var means = Rows.Vector(centre);
        var variances = Rows.Vector(squares / counts);
        int[] constant = [.. Enumerable.Range(0, means.Count).Where(j => Rows.IsConstant(variances[j], means[j], type))];
        if (constant.Length == means.Count)
            throw new DegenerateDataException("all rows are the same, so there is no variance to explain");
        var largest = units.Max();
        var scale = common
            ? Vector<double>.Build.Dense(
                means.Count, largest * Math.Sqrt(((squares * (unit / largest).square()).sum() / counts.sum()).ToDouble()))
            : variances.Map2((variance, mean) => Rows.IsConstant(variance, mean, type) ? SizeOf(mean) : Math.Sqrt(variance), means)
                .PointwiseMultiply(Vector<double>.Build.Dense(units));
        // A constant column's is but its size, and what is divided by it is 0.
        Rows.RequireSquares(Vector<double>.Build.Dense(scale.Count, j => constant.Contains(j) && !common ? 1 : scale[j]));
        return new(means.PointwiseMultiply(Vector<double>.Build.Dense(units)), scale, constant);
    }

    private static double PowerOfTwo(double size) => size == 0 ? 1 : Math.ScaleB(1, Math.ILogB(size));

    private static double SizeOf(double constant) => constant == 0 ? 1 : Math.Abs(constant);

    /// <summary>Rows <c>[N, D]</c> in deviations from the mean.</summary>
    internal torch.Tensor Apply(torch.Tensor rows) => (rows - Rows.Tensor(Centre)) / Rows.Tensor(Scale);

    /// <summary>A mean in the rows' own units.</summary>
    internal Vector<double> Location(Vector<double> mean) => Centre + mean.PointwiseMultiply(Scale);

    /// <summary>A matrix D × q, such as loadings, in the rows' own units.</summary>
    internal Matrix<double> Restore(Matrix<double> columns)
        => Matrix<double>.Build.Dense(columns.RowCount, columns.ColumnCount, (i, j) => columns[i, j] * Scale[i]);

    /// <summary>A fit in the rows' own units, with a finding where a column is constant.</summary>
    /// <param name="run">The fit to standardised rows.</param>
    /// <param name="model">Its model, restored.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="logScale">What the mean log-likelihood loses, Σ ln s over a row's values.</param>
    internal ModelFit<TModel> Fit<TState, TModel>(EmRun<TState> run, TModel model, long rows, double logScale)
        where TModel : ClassicalModel
        => new(model, run.Converged, [.. run.LogLikelihoods.Select(value => value - logScale)]) { Rows = rows, OfData = Findings };
}
