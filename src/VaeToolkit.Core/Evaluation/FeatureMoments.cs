using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Mean and covariance of features, in float64, the covariance by a root R of it, Σ = RᵀR: of features of very different size the
/// products would be all rounding of the largest.
/// </summary>
internal sealed record FeatureMoments(Vector<double> Mean, Matrix<double> Root)
{
    /// <summary>Σ.</summary>
    internal Matrix<double> Covariance => Root.TransposeThisAndMultiply(Root);

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
        // In units of a power of two, which rounds nothing: neither sums nor squares leave the range of numbers.
        var unit = PowerOfTwo(values.abs().max().ToDouble());
        values = values / unit;
        var near = values.mean([0L]);
        var mean = near + (values - near).mean([0L]);
        var root = torch.linalg.qr((values - mean) / Math.Sqrt(features.shape[0] - 1.0), torch.linalg.QRMode.R).R;
        var size = root.shape[1];
        // Of fewer items than features it has fewer rows.
        root = torch.nn.functional.pad(root, [0, 0, 0, size - root.shape[0]]);
        return new(
            Vector<double>.Build.Dense(Read(mean)) * unit, Matrix<double>.Build.DenseOfRowMajor((int)size, (int)size, Read(root)) * unit);
    }

    /// <summary>
    /// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½), where the trace is the
    /// least ‖R₁ − Q R₂‖² of all rotations Q: a sum of squares, in which large ones are not taken from each other. Q is UVᵀ of the singular value decomposition of
    /// R₁R₂ᵀ.
    /// </summary>
    /// <exception cref="ArithmeticException">It is too large for a number.</exception>
    internal double FrechetDistanceTo(FeatureMoments other)
    {
        var shift = Mean - other.Mean;
        var unit = PowerOfTwo(Math.Max(shift.AbsoluteMaximum(), Math.Max(Largest(Root), Largest(other.Root))));
        using var scope = torch.NewDisposeScope();
        var (one, two) = (Tensor(Root / unit), Tensor(other.Root / unit));
        var (u, _, transposed) = torch.linalg.svd(one.mm(two.t()));
        var trace = (one - u.mm(transposed).mm(two)).square().sum().ToDouble();
        var distance = ((shift / unit).PointwisePower(2).Sum() + trace) * unit * unit;
        return double.IsFinite(distance) ? distance
            : throw new ArithmeticException("the distance is too large for a number; divide the features by their deviations");
    }

    private static double PowerOfTwo(double size) => size == 0 ? 1 : Math.ScaleB(1, Math.Max(-1000, Math.ILogB(size)));

    private static double Largest(Matrix<double> root) => root.Enumerate().Max(Math.Abs);

    private static torch.Tensor Tensor(Matrix<double> matrix) => torch.tensor(matrix.ToArray(), device: torch.CPU);

    private static double[] Read(torch.Tensor tensor)
    {
        using var accessor = tensor.cpu().contiguous().data<double>();
        return accessor.ToArray();
    }
}
