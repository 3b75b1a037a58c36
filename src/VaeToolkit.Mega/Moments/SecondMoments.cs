using MathNet.Numerics.LinearAlgebra;

namespace VaeToolkit.Mega;

/// <summary>
/// The first two moments of a distribution over rows of D values, kept about the mean: μ and Σ, so that E[xᵀx] = Σ + μᵀμ.
/// Nothing is lost to cancellation when the mean is far from the origin.
/// </summary>
/// <param name="Mean">μ, D values.</param>
/// <param name="Covariance">Σ, D × D, symmetric.</param>
public sealed record SecondMoments(Vector<double> Mean, Matrix<double> Covariance)
{
    /// <summary>Number of values a row, D.</summary>
    public int Dimension => Mean.Count;

    /// <summary>Every value's mean and deviation.</summary>
    public override string ToString() => TextTable.Of(["column", "mean", "deviation"], Dimension,
        j => [TextTable.Number(j), TextTable.Number(Mean[j]), TextTable.Number(Math.Sqrt(Covariance[j, j]))]);

    /// <summary>E[xᵀx] = Σ + μᵀμ, D × D.</summary>
    public Matrix<double> Raw() => Covariance + Mean.OuterProduct(Mean);
}
