using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Mega;

/// <summary>
/// The moment-estimators gap (MEGA): how far a model's first two moments are from the data's. With d = x̄ − E[x], the second-order gap
/// is E[xᵀx] of the data less that of the model, (S_data − S_model) + x̄ᵀd + dᵀx̄ − dᵀd: symmetric and indefinite. It depends
/// on the origin unless d = 0, so the covariance's own gap is stated beside it.
/// </summary>
public sealed class MomentGap
{
    // Of the means' size: what their own rounding leaves of a difference.
    private const double Rounding = 2e-15;
    private readonly double _dataNorm;

    internal MomentGap(SecondMoments data, SecondMoments model, MonteCarloError? sampling)
    {
        First = data.Mean.Map2(Difference, model.Mean);
        CovarianceDifference = data.Covariance - model.Covariance;
        var shift = data.Mean.OuterProduct(First);
        Second = CovarianceDifference + shift + shift.Transpose() - First.OuterProduct(First);
        _dataNorm = Rows.FrobeniusNorm(data.Raw());
        Sampling = sampling;
    }

    /// <summary>x̄ − E[x], D values; 0 where it is within the rounding of the two means.</summary>
    public Vector<double> First { get; }

    /// <summary>The second-order gap matrix, D × D.</summary>
    public Matrix<double> Second { get; }

    /// <summary>S_data − S_model, D × D; it does not depend on the origin.</summary>
    public Matrix<double> CovarianceDifference { get; }

    /// <summary>How exact the model's side is, or null where it is in closed form.</summary>
    public MonteCarloError? Sampling { get; }

    /// <summary>1MEGA: ‖x̄ − E[x]‖₂.</summary>
    public double FirstOrder => First.L2Norm();

    /// <summary>2MEGA-F: the Frobenius norm of <see cref="Second"/> (slides, eq. 30).</summary>
    public double SecondOrder => Rows.FrobeniusNorm(Second);

    /// <summary>‖S_data − S_model‖_F, the covariances alone.</summary>
    public double CovarianceOnly => Rows.FrobeniusNorm(CovarianceDifference);

    /// <summary>The 2-norm of the diagonal of <see cref="Second"/>.</summary>
    public double DiagonalOnly => Second.Diagonal().L2Norm();

    /// <summary>2MEGA-F over ‖E[xᵀx]‖_F of the data.</summary>
    public double Relative => SecondOrder / _dataNorm;

    /// <summary>The operator norm, max |λ|. From all eigenvalues, so that λ and −λ of one size do no harm.</summary>
    public double OperatorNorm => Eigenvalues().Max(Math.Abs);

    /// <summary>(Σ |G_ij|^q)^(1/q), which is what the slides' eq. 28 prints.</summary>
    /// <param name="order">q, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is below 1.</exception>
    public double EntrywiseNorm(double order) => Norm(Second.Enumerate(), order);

    /// <summary>The Schatten norm: (Σ |λ|^q)^(1/q) of the eigenvalues; equal to the entrywise one at q = 2 only.</summary>
    /// <param name="order">q, at least 1; 1 is the nuclear norm.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is below 1.</exception>
    public double SchattenNorm(double order) => Norm(Eigenvalues(), order);

    /// <summary>The gap's norms, with the standard error of the model's side where it was drawn.</summary>
    public override string ToString() => TextTable.Of(["gap", "value"],
    [
        ["1MEGA", TextTable.Number(FirstOrder)],
        ["2MEGA-F", TextTable.Number(SecondOrder)],
        .. Sampling is null ? Array.Empty<string[]>() :
        [
            ["standard error", TextTable.Number(Sampling.StandardError)],
            ["draws", TextTable.Number(Sampling.Draws)],
        ],
        ["covariance alone", TextTable.Number(CovarianceOnly)],
        ["diagonal alone", TextTable.Number(DiagonalOnly)],
        ["relative", TextTable.Number(Relative)],
    ]);

    // Far from the origin the second-order gap multiplies the rest by x̄.
    private static double Difference(double data, double model)
        => Math.Abs(data - model) <= Rounding * Math.Max(Math.Abs(data), Math.Abs(model)) ? 0 : data - model;

    private static double Norm(IEnumerable<double> values, double order)
    {
        if (!(order >= 1 && double.IsFinite(order)))
            throw new ArgumentOutOfRangeException(nameof(order), order, "the order q of a norm must be a finite number of at least 1");
        double[] sizes = [.. values.Select(Math.Abs)];
        // In units of the largest, whose power there may be no number for.
        var largest = sizes.Max();
        return largest is 0 or double.PositiveInfinity ? largest
            : largest * Math.Pow(sizes.Sum(size => Math.Pow(size / largest, order)), 1 / order);
    }

    private IEnumerable<double> Eigenvalues() => Second.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real);
}
