using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>Data rows at the assembly's boundaries, and the way between tensors and matrices.</summary>
internal static class Rows
{
    // Of the values' size. In float64 sums of a few equal numbers are off by a few units in the last place; in float32 that many tell
    // whole numbers of eight digits apart, so it is one.
    private const double RoundingDeviation = 1e-14;
    private const double Float32Rounding = 1.2e-7;

    /// <summary>The squares of smaller deviations lose digits, or are 0, and those of as much larger ones have no inverse.</summary>
    internal const double SmallestDeviation = 1e-150;

    /// <summary>
    /// Rows <c>[N, ...]</c> on any device as flat float64 <c>[N, D]</c> on the CPU, where all models here compute:
    /// at least so many of them, and all values finite.
    /// </summary>
    internal static torch.Tensor Checked(torch.Tensor data, string name, int least = 1, bool allowMissing = false)
    {
        ArgumentNullException.ThrowIfNull(data, name);
        if (data.IsInvalid)
            throw new ArgumentException($"{name} is a disposed tensor", name);
        RequireReal(data, name);
        if (data.Dimensions < 2 || data.shape[0] < least || data.NumberOfElements == 0)
            throw new ArgumentException(
                $"{name} has shape {Shape.Text(data)}; it must be [N, ...] with at least "
                + $"{(least == 2 ? "two rows" : $"{least} row(s)")} and one value a row", name);
        var rows = data.detach().cpu().to(torch.float64).reshape(data.shape[0], -1);
        RequireFinite(rows, name, allowMissing);
        return rows;
    }

    /// <summary>Refuses complex numbers, of which float64 would keep the real part alone.</summary>
    internal static void RequireReal(torch.Tensor data, string name)
    {
        if (data.is_complex())
            throw new ArgumentException($"{name} is of complex numbers; it must be of real ones", name);
    }

    /// <summary>The same, with a given number of values a row.</summary>
    internal static torch.Tensor Checked(torch.Tensor data, int dimension, string name, int least = 1)
    {
        var rows = Checked(data, name, least);
        return rows.shape[1] == dimension
            ? rows
            : throw new ArgumentException($"{name} has {rows.shape[1]} values a row, the model {dimension}", name);
    }

    internal static torch.Tensor Tensor(Matrix<double> matrix) => torch.tensor(matrix.ToArray(), device: torch.CPU);

    internal static torch.Tensor Tensor(Vector<double> vector) => torch.tensor(vector.ToArray(), device: torch.CPU);

    internal static Matrix<double> Matrix(torch.Tensor tensor)
        => Matrix<double>.Build.DenseOfRowMajor((int)tensor.shape[0], (int)tensor.shape[1], Values(tensor));

    internal static Vector<double> Vector(torch.Tensor tensor) => Vector<double>.Build.Dense(Values(tensor));

    /// <summary>‖A‖_F from the entries; the library's own forms AAᵀ, which costs D³.</summary>
    internal static double FrobeniusNorm(Matrix<double> matrix) => Vector<double>.Build.Dense(matrix.ToColumnMajorArray()).L2Norm();

    internal static double[] Values(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        using var accessor = tensor.detach().to(torch.float64).cpu().contiguous().data<double>();
        return accessor.ToArray();
    }

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a column's variance is no more than what rounding leaves of values of this size, and of this type.</summary>
    internal static bool IsConstant(double variance, double mean, torch.ScalarType type = torch.ScalarType.Float64)
        => !(variance > Math.Pow((type == torch.ScalarType.Float32 ? Float32Rounding : RoundingDeviation) * mean, 2));

    /// <summary>Refuses deviations whose squares, or products with others, are no numbers with all their digits, by column.</summary>
    /// <exception cref="ArgumentException">There is one: the first is named.</exception>
    internal static void RequireSquares(IEnumerable<double> deviations)
    {
        var (bad, deviation) = deviations.Index()
            .FirstOrDefault(pair => pair.Item is < SmallestDeviation or > 1 / SmallestDeviation, (-1, 0));
        if (bad >= 0)
        {
            throw new ArgumentException(Text(
                $"column {bad} has a deviation of {deviation:G3}, whose square is no number with all its digits; multiply the column ")
                + "by a number that brings it near 1");
        }
    }

    /// <summary>Refuses NaN and infinity, or infinity alone, by row and column.</summary>
    /// <exception cref="ArgumentException">There is one: the first is named.</exception>
    internal static void RequireFinite(torch.Tensor rows, string name, bool allowMissing = false, long firstRow = 0)
    {
        using var scope = torch.NewDisposeScope();
        // One pass: a value that is not finite makes the sum so too.
        if (double.IsFinite(rows.sum().ToDouble()))
            return;
        var good = allowMissing ? rows.isfinite().logical_or(rows.isnan()) : rows.isfinite();
        if (good.all().ToBoolean())
            return;
        var counts = Values(good.to(torch.float64).sum(dim: 1));
        var row = Array.FindIndex(counts, count => count < rows.shape[1]);
        var values = Values(rows[row]);
        var column = Array.FindIndex(values, value => !(double.IsFinite(value) || (allowMissing && double.IsNaN(value))));
        throw new ArgumentException(double.IsNaN(values[column])
            ? $"{name} holds NaN in row {firstRow + row}, column {column}; every value must be finite: "
                + "ProbabilisticPca.FitEm alone takes missing values"
            : $"{name} holds infinity in row {firstRow + row}, column {column}; every value must be finite", name);
    }
}
