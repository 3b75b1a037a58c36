using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// Rows as expectation maximisation goes through them thousands of times, column after column. Where columns are few a call of torch takes
/// longer than the arithmetic, which is done here; where they are many torch's matrix products are faster. Float64.
/// </summary>
internal sealed class MixtureRows
{
    // So many rows at a time, whose columns stay in the processor's cache.
    private const int Block = 256;

    // From so many columns on torch is faster.
    private const int ManyColumns = 32;
    private readonly Lazy<double[]> _columns;
    private readonly torch.Tensor? _wide;

    /// <summary>Of rows <c>[N, D]</c>; what is made lives in the caller's dispose scope.</summary>
    /// <exception cref="ArgumentException">They are more values than an array holds.</exception>
    internal MixtureRows(torch.Tensor rows)
    {
        if (rows.numel() > Array.MaxLength)
            throw new ArgumentException(
                $"{rows.shape[0]} rows of {rows.shape[1]} columns are {rows.numel()} values, of which at most {Array.MaxLength} can be "
                + "looked at together; take a sample of the rows", nameof(rows));
        (Count, Dimension) = ((int)rows.shape[0], (int)rows.shape[1]);
        _wide = Dimension >= ManyColumns ? rows.t() : null;
        _columns = new(() => Rows.Values(rows.t()));
    }

    /// <summary>N.</summary>
    internal int Count { get; }

    /// <summary>D.</summary>
    internal int Dimension { get; }

    private ReadOnlySpan<double> Column(int column) => _columns.Value.AsSpan(column * Count, Count);

    /// <summary>Σ w x / Σ w, D values.</summary>
    internal double[] Mean(ReadOnlySpan<double> weights, double total)
    {
        var mean = new double[Dimension];
        for (var j = 0; j < Dimension; j++)
            mean[j] = SpanArithmetic.Dot(weights, Column(j)) / total;
        return mean;
    }

    /// <summary>(x − μ)ᵀ Σ⁻¹ (x − μ) of every row.</summary>
    /// <param name="mean">μ, D values.</param>
    /// <param name="root">Of Σ: the lower Cholesky factor, D × D row by row, or D deviations.</param>
    /// <param name="distances">N values, written.</param>
    internal void Distances(double[] mean, double[] root, Span<double> distances)
    {
        QuickDistances(mean, root, distances);
        var (step, isExtreme) = (root.Length == Dimension ? 1 : Dimension + 1, false);
        for (var at = 0; at < root.Length; at += step)
            isExtreme |= root[at] is < Rows.SmallestDeviation or > 1 / Rows.SmallestDeviation;
        for (var row = 0; row < Count; row++)
        {
            if (isExtreme || !double.IsFinite(distances[row]))
                distances[row] = Distance(row, mean, root);
        }
    }

    // Divides by deviations before it squares, and by two before it subtracts: what is in range does not leave it on the way.
    private double Distance(int row, double[] mean, double[] root)
    {
        var (hasAxes, sum) = (root.Length == Dimension, 0.0);
        var whitened = new double[Dimension];
        for (var j = 0; j < Dimension; j++)
        {
            var half = 0.5 * Value(row, j) - 0.5 * mean[j];
            for (var i = 0; i < j && !hasAxes; i++)
                half -= 0.5 * root[j * Dimension + i] * whitened[i];
            whitened[j] = half / (0.5 * root[hasAxes ? j : j * (Dimension + 1)]);
            sum += whitened[j] * whitened[j];
            // So it stays, whatever the others are.
            if (double.IsInfinity(sum))
                break;
        }
        return sum;
    }

    private void QuickDistances(double[] mean, double[] root, Span<double> distances)
    {
        var hasAxes = root.Length == Dimension;
        if (_wide is not null && !hasAxes)
        {
            using var scope = torch.NewDisposeScope();
            var factor = torch.tensor(root, device: torch.CPU).reshape(Dimension, Dimension);
            Rows.Values(torch.linalg.solve_triangular(factor, Centred(_wide, mean), upper: false).square().sum(dim: 0)).CopyTo(distances);
            return;
        }
        distances.Clear();
        var whitened = new double[hasAxes ? Block : Block * Dimension];
        for (var start = 0; start < Count; start += Block)
        {
            var part = distances.Slice(start, Math.Min(Block, Count - start));
            for (var j = 0; j < Dimension; j++)
            {
                var column = whitened.AsSpan(hasAxes ? 0 : j * Block, part.Length);
                SpanArithmetic.Shift(Column(j).Slice(start, part.Length), mean[j], column);
                // By the factor with a diagonal of ones: its columns' deviations are divided out at the end.
                for (var i = 0; i < j && !hasAxes; i++)
                {
                    var entry = root[j * Dimension + i] / root[i * (Dimension + 1)];
                    SpanArithmetic.AddScaled(column, -entry, whitened.AsSpan(i * Block, part.Length));
                }
                var deviation = root[hasAxes ? j : j * (Dimension + 1)];
                SpanArithmetic.AddProduct(part, 1 / (deviation * deviation), column, column);
            }
        }
    }

    /// <summary>Σ w (x − μ)(x − μ)ᵀ, D × D row by row.</summary>
    internal double[] Scatter(ReadOnlySpan<double> weights, double[] mean)
    {
        if (_wide is not null)
        {
            using var scope = torch.NewDisposeScope();
            var centred = Centred(_wide, mean);
            return Rows.Values((centred * torch.tensor(weights.ToArray(), device: torch.CPU)).mm(centred.t()));
        }
        var scatter = new double[Dimension * Dimension];
        var (shifted, weighted) = (new double[Block * Dimension], new double[Block]);
        for (var start = 0; start < Count; start += Block)
        {
            var part = weights.Slice(start, Math.Min(Block, Count - start));
            for (var j = 0; j < Dimension; j++)
            {
                var column = shifted.AsSpan(j * Block, part.Length);
                SpanArithmetic.Shift(Column(j).Slice(start, part.Length), mean[j], column);
                var product = weighted.AsSpan(0, part.Length);
                product.Clear();
                SpanArithmetic.AddProduct(product, 1, part, column);
                for (var i = 0; i <= j; i++)
                    scatter[j * Dimension + i] += SpanArithmetic.Dot(product, shifted.AsSpan(i * Block, part.Length));
            }
        }
        for (var j = 0; j < Dimension; j++)
        {
            for (var i = 0; i < j; i++)
                scatter[i * Dimension + j] = scatter[j * Dimension + i];
        }
        return scatter;
    }

    /// <summary>The diagonal of <see cref="Scatter"/>, D values.</summary>
    internal double[] ScatterOfAxes(ReadOnlySpan<double> weights, double[] mean)
    {
        var (scatter, shifted) = (new double[Dimension], new double[Count]);
        var squares = new double[Count];
        for (var j = 0; j < Dimension; j++)
        {
            SpanArithmetic.Shift(Column(j), mean[j], shifted);
            Array.Clear(squares);
            SpanArithmetic.AddProduct(squares, 1, shifted, shifted);
            scatter[j] = SpanArithmetic.Dot(weights, squares);
        }
        return scatter;
    }

    /// <summary>A value.</summary>
    internal double Value(int row, int column) => _columns.Value[column * Count + row];

    /// <summary>The lower Cholesky factor of a covariance, row by row; null where it is not positive definite.</summary>
    internal static double[]? Cholesky(Matrix<double> covariance)
    {
        if (covariance.RowCount < ManyColumns)
        {
            try
            {
                return covariance.Cholesky().Factor.ToRowMajorArray();
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
        using var scope = torch.NewDisposeScope();
        var (factor, info) = torch.linalg.cholesky_ex(Rows.Tensor(covariance));
        return info.ToInt32() == 0 ? Rows.Values(factor) : null;
    }

    private static torch.Tensor Centred(torch.Tensor columns, double[] mean)
        => columns - torch.tensor(mean, device: torch.CPU).unsqueeze(1);
}
