using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Mega;

/// <summary>
/// What moment gaps need to know about data: n, the mean, the covariance with divisor n, and the higher sums of the unbiased estimate.
/// </summary>
public sealed class DataMoments
{
    private const long BlockRows = 4096;

    // About c, the mean as it is rounded: Σ ‖xᵀx − cᵀc‖², and the mean of x − c.
    private readonly double _squaredNorms;
    private readonly Vector<double> _residual;

    private DataMoments(long count, SecondMoments maximum, double squaredNorms, Vector<double> residual)
        => (Count, Maximum, _squaredNorms, _residual) = (count, maximum, squaredNorms, residual);

    /// <summary>Number of rows n.</summary>
    public long Count { get; }

    /// <summary>x̄ and (1/n) Σ (x − x̄)ᵀ(x − x̄), the moments by maximum likelihood.</summary>
    public SecondMoments Maximum { get; }

    /// <summary>Number of values a row, D.</summary>
    public int Dimension => Maximum.Dimension;

    /// <summary>The shape of a row before it was flattened.</summary>
    internal IReadOnlyList<long> ItemShape { get; private init; } = [];

    /// <summary>
    /// E[xᵀx] − cᵀc, where c is <see cref="Maximum"/>'s mean: what both sides of a gap share is left out, since far from the origin
    /// it would drown the rest. The covariance but for the rounding of c, which c multiplies.
    /// </summary>
    internal Matrix<double> AboutMean()
    {
        var outer = Maximum.Mean.OuterProduct(_residual);
        return Maximum.Covariance + outer + outer.Transpose();
    }

    /// <summary>Σ_{i≠j} ⟨Hᵢ, Hⱼ⟩ / (n (n − 1)) with H = xᵀx − cᵀc, from the mean of H.</summary>
    internal double Pairs(Matrix<double> aboutMean)
    {
        var pairs = (Count * Math.Pow(Rows.FrobeniusNorm(aboutMean), 2) - _squaredNorms / Count) / (Count - 1.0);
        return double.IsFinite(pairs) ? pairs : throw new ArithmeticException(
            "the data's fourth powers, of which gaps are made, are no numbers; divide the columns by their deviations");
    }

    /// <summary>Reads the moments from rows, in blocks, with Chan's parallel update in float64.</summary>
    /// <param name="data">Rows <c>[N, ...]</c>, flattened to <c>[N, D]</c>; at least two, of any real type.</param>
    /// <exception cref="ArgumentException">Fewer than two rows, no values, or NaN or infinity: the message names row and
    /// column. Or a column's squares are no numbers, and it is named.</exception>
    public static DataMoments Of(torch.Tensor data)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        if (data.IsInvalid || data.Dimensions < 2 || data.shape[0] < 2 || data.NumberOfElements == 0)
            throw new ArgumentException("data must be a live tensor [N, ...] with at least two rows and one value a "
                + $"row{(data.IsInvalid ? "" : $", but has shape {Shape.Text(data)}")}", nameof(data));
        Rows.RequireReal(data, nameof(data));
        var first = Block(data, 0, 1)[0];
        using var accumulator = new MomentAccumulator(first);
        EachBlock(data, accumulator.AddRows);
        var moments = accumulator.Moments();
        var mean = Rows.Tensor(moments.Mean);
        var squaredNorms = 0.0;
        var (residual, farthest) = (Vector<double>.Build.Dense(moments.Dimension), torch.zeros_like(mean));
        EachBlock(data, rows =>
        {
            var centred = rows - mean;
            squaredNorms += IndependentMoments.SquaredNorms(centred, torch.zeros_like(rows[0]).unsqueeze(0), mean).ToDouble();
            residual += Rows.Vector(centred.sum(dim: 0)) / data.shape[0];
            farthest.copy_(farthest.maximum(centred.abs().amax([0L])));
        });
        // What is constant, but for rounding, has no square to lose.
        Rows.RequireSquares(Rows.Values(farthest).Zip(moments.Mean, (most, mean) => most <= 1e-13 * Math.Abs(mean) ? 1 : most));
        return new(accumulator.Count, moments, squaredNorms, residual) { ItemShape = data.shape[1..] };
    }

    /// <summary>
    /// Refuses a model whose items have their values elsewhere: the same axes in another order, such as channels last. Axes of length 1
    /// move nothing.
    /// </summary>
    internal void RequireOrderOf(IReadOnlyList<long> itemShape, string name)
    {
        var (data, model) = (Long(ItemShape), Long(itemShape));
        if (!data.SequenceEqual(model) && data.Order().SequenceEqual(model.Order()))
        {
            throw new ArgumentException($"the moments are of items {Shape.Text(ItemShape)}, the model's are {Shape.Text(itemShape)}; take "
                + "them of items in the model's shape, or flat", name);
        }

        static long[] Long(IReadOnlyList<long> shape) => [.. shape.Where(length => length != 1)];
    }

    /// <summary>The data side of the gap: x̄ with S divided by n − 1 (slide) or by n (unbiased for E[xᵀx]).</summary>
    /// <param name="divisor">Which estimator.</param>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is none of the enumeration's values.</exception>
    public SecondMoments Estimate(SecondMomentDivisor divisor)
    {
        OptionRange.RequireKnown(divisor, nameof(divisor));
        return divisor == SecondMomentDivisor.Unbiased
            ? Maximum : Maximum with { Covariance = Maximum.Covariance * (Count / (Count - 1.0)) };
    }

    /// <summary>The number of rows, and every column's mean and deviation.</summary>
    public override string ToString() => $"{Count} rows of {Dimension} values{Environment.NewLine}{Maximum}";

    private static void EachBlock(torch.Tensor data, Action<torch.Tensor> use)
    {
        for (var start = 0L; start < data.shape[0]; start += BlockRows)
        {
            using var scope = torch.NewDisposeScope();
            use(Block(data, start, Math.Min(BlockRows, data.shape[0] - start)));
        }
    }

    private static torch.Tensor Block(torch.Tensor data, long start, long count)
    {
        var rows = data.narrow(0, start, count).detach().cpu().to(torch.float64).reshape(count, -1);
        Rows.RequireFinite(rows, nameof(data), firstRow: start);
        return rows;
    }
}
