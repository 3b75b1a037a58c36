using TorchSharp;

namespace VaeToolkit.Mega.Moments;

/// <summary>
/// What moment gaps need to know about data: n, the mean, the covariance with divisor n, and Σ |x|⁴ for the unbiased estimate.
/// </summary>
public sealed class DataMoments
{
    internal DataMoments(long count, SecondMoments about, double fourthPowers)
        => (Count, Maximum, FourthPowers) = (count, about, fourthPowers);

    /// <summary>Number of rows n.</summary>
    public long Count { get; }

    /// <summary>x̄ and (1/n) Σ (x − x̄)ᵀ(x − x̄), the moments by maximum likelihood.</summary>
    public SecondMoments Maximum { get; }

    /// <summary>Number of values a row, D.</summary>
    public int Dimension => Maximum.Dimension;

    internal double FourthPowers { get; }

    /// <summary>Reads the moments from rows, in blocks, with Chan's parallel update in float64.</summary>
    /// <param name="data">Rows <c>[N, ...]</c>, flattened to <c>[N, D]</c>; at least two, of any real type.</param>
    /// <exception cref="ArgumentException">Fewer than two rows, no values, or NaN or infinity: the message names the row.</exception>
    public static DataMoments Of(torch.Tensor data)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        if (data.IsInvalid || data.Dimensions < 2 || data.shape[0] < 2 || data.NumberOfElements == 0)
            throw new ArgumentException("data must be a live tensor [N, ...] with at least two rows and one value a "
                + $"row{(data.IsInvalid ? "" : $", but has shape {Shape.Text(data)}")}", nameof(data));
        using var accumulator = new MomentAccumulator();
        for (var start = 0L; start < data.shape[0]; start += MomentAccumulator.BlockRows)
            accumulator.AddRows(data.narrow(0, start, Math.Min(MomentAccumulator.BlockRows, data.shape[0] - start)), start);
        return new(accumulator.Count, accumulator.Moments(), accumulator.SquaredNorms);
    }

    /// <summary>The data side of the gap: x̄ with S divided by n − 1 (slide) or by n (unbiased for E[xᵀx]).</summary>
    /// <param name="divisor">Which estimator.</param>
    public SecondMoments Estimate(SecondMomentDivisor divisor)
        => divisor == SecondMomentDivisor.Unbiased ? Maximum : Maximum with { Covariance = Maximum.Covariance * (Count / (Count - 1.0)) };
}
