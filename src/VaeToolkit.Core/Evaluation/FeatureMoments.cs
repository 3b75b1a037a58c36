using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Mean and covariance of features, in float64, the covariance by a root R of it, Σ = RᵀR: of features of very different size the
/// products would be all rounding of the largest.
/// </summary>
internal sealed record FeatureMoments(Vector<double> Mean, Matrix<double> Root)
{
    private const long LeastBlockRows = 4096;

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
        var (least, most) = (features.min().to(torch.float64).ToDouble(), features.max().to(torch.float64).ToDouble());
        if (!double.IsFinite(least) || !double.IsFinite(most))
            throw new ArgumentException($"{name} holds NaN or infinity", name);
        // In units of a power of two, which rounds nothing: neither sums nor squares leave the range of numbers.
        var unit = PowerOfTwo(Math.Max(-least, most));
        var (count, size) = (features.shape[0], features.shape[1]);
        var near = torch.zeros(size, torch.float64, features.device);
        EachBlock(rows => near.add_(rows.sum(dim: 0)));
        near.div_(count);
        var rest = torch.zeros_like(near);
        EachBlock(rows => rest.add_(rows.sub_(near).sum(dim: 0)));
        var mean = near + rest / count;
        var root = torch.zeros([0L, size], torch.float64, features.device);
        EachBlock(rows =>
        {
            var longer = torch.linalg.qr(torch.cat([root, rows.sub_(mean).div_(Math.Sqrt(count - 1.0))]), torch.linalg.QRMode.R).R;
            root.Dispose();
            root = longer.MoveToOuterDisposeScope();
        });
        // Of fewer items than features it has fewer rows.
        root = torch.nn.functional.pad(root, [0, 0, 0, size - root.shape[0]]);
        var moments = new FeatureMoments(
            Vector<double>.Build.Dense(Read(mean)) * unit, Matrix<double>.Build.DenseOfRowMajor((int)size, (int)size, Read(root)) * unit);
        return double.IsFinite(Largest(moments.Root)) ? moments
            : throw new ArithmeticException($"the deviations of {name} are too large for a number; divide the features by a number first");

        // Each a copy of the rows, so that no more than a few rows for every feature are held beside the features.
        void EachBlock(Action<torch.Tensor> use)
        {
            var length = Math.Max(LeastBlockRows, 4 * size);
            for (var start = 0L; start < count; start += length)
            {
                using var inner = torch.NewDisposeScope();
                use(features.narrow(0, start, Math.Min(length, count - start)).to(torch.float64) / unit);
            }
        }
    }

    /// <summary>
    /// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½), where the trace is the
    /// least ‖R₁ − Q R₂‖² of all rotations Q: a sum of squares, in which large ones are not taken from each other.
    /// Q is UVᵀ of the singular value decomposition of R₁R₂ᵀ, with the features by falling size: then large ones
    /// leave no rounding where the small ones are.
    /// </summary>
    /// <exception cref="ArithmeticException">It is too large for a number.</exception>
    internal double FrechetDistanceTo(FeatureMoments other)
    {
        var shift = Mean - other.Mean;
        var unit = PowerOfTwo(Math.Max(shift.AbsoluteMaximum(), Math.Max(Largest(Root), Largest(other.Root))));
        using var scope = torch.NewDisposeScope();
        var (one, two) = (Tensor(Root / unit), Tensor(other.Root / unit));
        var order = (one.square() + two.square()).sum(dim: 0).argsort(descending: true);
        (one, two) = (Ordered(one), Ordered(two));
        var (u, _, transposed) = torch.linalg.svd(one.mm(two.t()));
        var trace = (one - u.mm(transposed).mm(two)).square().sum().ToDouble();
        var distance = ((shift / unit).PointwisePower(2).Sum() + trace) * unit * unit;
        return double.IsFinite(distance) ? distance
            : throw new ArithmeticException("the distance is too large for a number; divide the features by their deviations");

        torch.Tensor Ordered(torch.Tensor root) => torch.linalg.qr(root.index_select(1, order), torch.linalg.QRMode.R).R;
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
