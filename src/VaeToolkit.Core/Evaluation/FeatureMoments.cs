using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>Mean and covariance of features, in float64.</summary>
internal sealed record FeatureMoments(Vector<double> Mean, Matrix<double> Covariance)
{
    /// <summary>The moments of features <c>[N, F]</c>, the covariance divided by N − 1.</summary>
    internal static FeatureMoments Of(torch.Tensor features, string name)
    {
        ArgumentNullException.ThrowIfNull(features, name);
        if (features.Dimensions != 2 || features.shape[0] < 2 || features.shape[1] < 1 || !features.is_floating_point())
            throw new ArgumentException($"{name} has shape {Shape.Text(features)} and type {features.dtype}; it must be [N, "
                + "F], floating-point, with at least two rows", name);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var values = features.to(torch.float64);
        if (!values.isfinite().all().ToBoolean())
            throw new ArgumentException($"{name} holds NaN or infinity", name);
        var mean = values.mean([0L]);
        var centred = values - mean;
        var size = (int)features.shape[1];
        var covariance = Matrix<double>.Build.Dense(size, size, Read(centred.t().mm(centred) / (features.shape[0] - 1.0)));
        return new(Vector<double>.Build.Dense(Read(mean)), covariance);
    }

    /// <summary>‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½).</summary>
    internal double FrechetDistanceTo(FeatureMoments other)
    {
        var root = SquareRoot(Covariance);
        var product = root * other.Covariance * root;
        var crossTrace = Eigenvalues(product).Sum(Math.Sqrt);
        var squares = (Mean - other.Mean).PointwisePower(2).Sum();
        return Math.Max(0, squares + Covariance.Trace() + other.Covariance.Trace() - 2 * crossTrace);
    }

    private static Matrix<double> SquareRoot(Matrix<double> covariance)
    {
        var decomposition = Symmetric(covariance).Evd(Symmetricity.Symmetric);
        var roots = decomposition.EigenValues.Select(value => Math.Sqrt(Math.Max(0, value.Real)));
        var vectors = decomposition.EigenVectors;
        return vectors * Matrix<double>.Build.DenseOfDiagonalArray([.. roots]) * vectors.Transpose();
    }

    // Rounding can leave an eigenvalue of a singular covariance a little below zero.
    private static IEnumerable<double> Eigenvalues(Matrix<double> matrix)
        => Symmetric(matrix).Evd(Symmetricity.Symmetric).EigenValues.Select(value => Math.Max(0, value.Real));

    private static Matrix<double> Symmetric(Matrix<double> matrix) => (matrix + matrix.Transpose()) * 0.5;

    private static double[] Read(torch.Tensor tensor)
    {
        using var accessor = tensor.cpu().contiguous().data<double>();
        return accessor.ToArray();
    }
}
