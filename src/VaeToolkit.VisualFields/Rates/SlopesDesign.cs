using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace VaeToolkit.VisualFields;

/// <summary>
/// What the times of an eye say about its line, X with rows (1, t): XᵀX ⊗ R⁻¹ is the precision that its fields add to G⁻¹, so
/// eyes of the same times share one factorisation.
/// </summary>
internal sealed class SlopesDesign
{
    private readonly double[] _times;
    private readonly Matrix<double> _noisePrecision;
    private readonly Cholesky<double> _total;

    public SlopesDesign(IEnumerable<double> times, Matrix<double> between, Matrix<double> noise)
    {
        _times = [.. times];
        var size = noise.RowCount;
        _noisePrecision = noise.Cholesky().Solve(Matrix<double>.Build.DenseIdentity(size));
        Precision = Matrix<double>.Build.Dense(2 * size, 2 * size);
        double[] sums = [_times.Length, _times.Sum(), _times.Sum(time => time * time)];
        for (var i = 0; i < 2; i++)
        {
            for (var j = 0; j < 2; j++)
                Precision.SetSubMatrix(i * size, j * size, _noisePrecision * sums[i + j]);
        }
        _total = (between.Cholesky().Solve(Matrix<double>.Build.DenseIdentity(2 * size)) + Precision).Cholesky();
    }

    /// <summary>XᵀX ⊗ R⁻¹.</summary>
    public Matrix<double> Precision { get; }

    /// <summary>(G⁻¹ + XᵀX ⊗ R⁻¹)⁻¹.</summary>
    public Matrix<double> Covariance => _total.Solve(Matrix<double>.Build.DenseIdentity(Precision.RowCount));

    /// <summary>ln |G⁻¹ + XᵀX ⊗ R⁻¹|.</summary>
    public double DeterminantLn => _total.DeterminantLn;

    /// <summary>Σ (1, t) ⊗ R⁻¹ z(t).</summary>
    public Vector<double> Weighted(IReadOnlyList<double[]> numbers)
    {
        var size = _noisePrecision.RowCount;
        var sum = Vector<double>.Build.Dense(2 * size);
        for (var i = 0; i < _times.Length; i++)
        {
            for (var m = 0; m < size; m++)
            {
                sum[m] += numbers[i][m];
                sum[size + m] += _times[i] * numbers[i][m];
            }
        }
        return Vector<double>.Build.DenseOfEnumerable(
            (_noisePrecision * sum.SubVector(0, size)).Concat(_noisePrecision * sum.SubVector(size, size)));
    }

    /// <summary>The posterior's covariance times a vector.</summary>
    public Vector<double> Posterior(Vector<double> vector) => _total.Solve(vector);
}
