using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.Mega;

/// <summary>
/// The moment gap for many dimensions: only products between rows are formed, never a D × D matrix. Work is (n + m)² D, memory (n + m) D.
/// </summary>
/// <param name="FirstOrder">1MEGA.</param>
/// <param name="SecondOrder">2MEGA-F.</param>
/// <param name="CovarianceOnly">‖S_data − S_model‖_F.</param>
/// <param name="DiagonalOnly">The 2-norm of the gap's diagonal.</param>
/// <param name="Relative">2MEGA-F over ‖E[xᵀx]‖_F of the data.</param>
public sealed record GramGap(double FirstOrder, double SecondOrder, double CovarianceOnly, double DiagonalOnly, double Relative)
{
    /// <summary>
    /// Both sides are taken about x̄ in float64, where the norm of the difference is Σ of Gram matrices' norms, and the mean's part
    /// x̄ᵀd + dᵀx̄ is added from inner products: taken about the origin the gap would drown in rounding.
    /// </summary>
    /// <param name="data">Rows <c>[N, ...]</c>, at least two.</param>
    /// <param name="means">E[x|zᵢ], <c>[m, ...]</c>.</param>
    /// <param name="variances">Var[x|zᵢ] of independent values, of the same shape.</param>
    /// <param name="divisor">The data's estimator.</param>
    /// <exception cref="ArgumentException">Shapes disagree, values are not finite, or a variance is negative.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The divisor is none of the enumeration's values.</exception>
    public static GramGap Between(
        torch.Tensor data, torch.Tensor means, torch.Tensor variances, SecondMomentDivisor divisor = SecondMomentDivisor.Slide)
    {
        OptionRange.RequireKnown(divisor, nameof(divisor));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var rows = Rows.Checked(data, nameof(data), least: 2);
        var draws = (IndependentMoments)ConditionalMoments.Independent(means, variances);
        if (draws.Means.shape[1] != rows.shape[1])
            throw new ArgumentException($"the data have {rows.shape[1]} values a row, the model {draws.Means.shape[1]}", nameof(means));
        var centre = rows.mean([0L]);
        var n = rows.shape[0];
        var m = (double)draws.Means.shape[0];
        // The means of differences: far from zero a mean is rounded to the values' size.
        var (centred, model) = (rows - centre, draws.Means - centre);
        var modelMean = model.mean([0L]);
        var x = new GramSide(centred * (1 / Math.Sqrt(divisor == SecondMomentDivisor.Slide ? n - 1 : n)));
        var about = new GramSide(model * (1 / Math.Sqrt(m)));
        var own = new GramSide((model - modelMean) * (1 / Math.Sqrt(m)));
        return Assemble(x, about, own, draws.Variances.mean([0L]), centre, centred.mean([0L]) - modelMean);
    }

    /// <summary>The gap's norms.</summary>
    public override string ToString() => TextTable.Of(["gap", "value"],
    [
        ["1MEGA", TextTable.Number(FirstOrder)],
        ["2MEGA-F", TextTable.Number(SecondOrder)],
        ["covariance alone", TextTable.Number(CovarianceOnly)],
        ["diagonal alone", TextTable.Number(DiagonalOnly)],
        ["relative", TextTable.Number(Relative)],
    ]);

    private static GramGap Assemble(
        GramSide x, GramSide about, GramSide own, torch.Tensor variance, torch.Tensor centre, torch.Tensor shift)
    {
        // gap = A + cᵀd + dᵀc with A about the centre c, so ‖gap‖² = ‖A‖² + 4 c·(A d) + 2 (|c|²|d|² + (c·d)²).
        var applied = x.Apply(shift) - about.Apply(shift) - variance * shift;
        var (c, d, cd) = (Dot(centre, centre), Dot(shift, shift), Dot(centre, shift));
        var squared = SquaredNorm(x, about, variance) + 4 * Dot(centre, applied) + 2 * (c * d + cd * cd);
        var diagonal = x.Diagonal() - about.Diagonal() - variance + centre * shift * 2;
        var dataSquared = x.SquaredNorm() + 2 * Dot(centre, x.Apply(centre)) + c * c;
        var second = Math.Sqrt(Math.Max(0, squared));
        return new(
            Math.Sqrt(d),
            second,
            Math.Sqrt(Math.Max(0, SquaredNorm(x, own, variance))),
            Math.Sqrt(Dot(diagonal, diagonal)),
            second / Math.Sqrt(dataSquared));
    }

    // ‖XᵀX − MᵀM − diag v‖_F²
    private static double SquaredNorm(GramSide x, GramSide m, torch.Tensor variance)
        => x.SquaredNorm() + m.SquaredNorm() - 2 * x.Cross(m) + Dot(variance, variance) + 2 * Dot(variance, m.Diagonal() - x.Diagonal());

    private static double Dot(torch.Tensor left, torch.Tensor right) => (left * right).sum().ToDouble();
}
