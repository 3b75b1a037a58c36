using MathNet.Numerics.LinearAlgebra;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// A Gaussian mixture's weights, means <c>[K, D]</c> and the roots of its covariances: lower Cholesky factors <c>[K, D, D]</c>, or
/// deviations <c>[K, D]</c> where the axes are independent. Float64 on the CPU.
/// </summary>
internal sealed class MixtureParameters(double[] weights, torch.Tensor means, torch.Tensor roots) : IDisposable
{
    // Of the mixture's own variances: below it is what regularisation and rounding leave.
    private const double VanishingVariance = 1e-11;

    internal double[] Weights => weights;

    internal torch.Tensor Means => means;

    private int Components => weights.Length;

    internal long Dimension => means.shape[1];

    /// <summary>Rows below which a component's covariance is singular.</summary>
    internal static int RowsPerComponent(CovarianceForm form, long dimension) => form switch
    {
        CovarianceForm.Full => (int)dimension + 1,
        CovarianceForm.Tied => 0,
        _ => 2,
    };

    private bool HasAxes => roots.Dimensions == 2;

    /// <summary>The same tensors, of the scope around the current one.</summary>
    internal MixtureParameters MoveToOuterDisposeScope()
    {
        means.MoveToOuterDisposeScope();
        roots.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Σ_k.</summary>
    internal Matrix<double> Covariance(int component)
    {
        using var scope = torch.NewDisposeScope();
        var root = roots[component];
        return Rows.Matrix(HasAxes ? root.square().diag() : root.mm(root.t()));
    }

    /// <summary>ln π_k + ln N(x; μ_k, Σ_k), <c>[K, N]</c>.</summary>
    internal torch.Tensor JointLogProb(torch.Tensor x) => Stacked(k => Whitened(x, k).square().sum(dim: 1) * -0.5
        + (Math.Log(weights[k]) - 0.5 * (LogDeterminant(k) + Dimension * Math.Log(2 * Math.PI))));

    /// <summary>
    /// Σ ln p(x_i) where p is the mixture without row i: its share r_ik is taken out of every component's weight, mean and covariance, in
    /// closed form. A component that owes its shape to a few rows does badly here, however high their likelihood.
    /// </summary>
    /// <param name="rows">The rows <c>[N, D]</c> of the last M-step.</param>
    /// <param name="form">The covariances' form, not tied.</param>
    internal double LeaveOneOut(torch.Tensor rows, CovarianceForm form)
    {
        using var scope = torch.NewDisposeScope();
        var shares = JointLogProb(rows).softmax(0);
        return Stacked(k => WithoutOwn(Whitened(rows, k).square(), shares[k], LogDeterminant(k), form)).logsumexp(0).sum().ToDouble();
    }

    /// <summary>
    /// Components with fewer expected rows than their covariance needs, or with a variance in some direction that has vanished in units of
    /// the mixture's own deviations.
    /// </summary>
    internal int[] Degenerate(CovarianceForm form, long rows)
    {
        using var scope = torch.NewDisposeScope();
        var shares = torch.tensor(weights, device: torch.CPU).unsqueeze(1);
        var variances = HasAxes ? roots.square() : roots.square().sum(-1);
        var shifts = means - means[0];
        var total = ((variances + (shifts - (shifts * shares).sum(dim: 0)).square()) * shares).sum(dim: 0);
        // Expected rows come out of the E-step a little off.
        return [.. Enumerable.Range(0, Components).Where(k => weights[k] * rows < RowsPerComponent(form, Dimension) * (1 - 1e-9)
            || !(Least(k) >= VanishingVariance))];

        double Least(int k)
        {
            if (HasAxes || form is CovarianceForm.Diagonal or CovarianceForm.Spherical)
                return (variances[k] / total).min().ToDouble();
            var scaled = roots[k] / total.sqrt().unsqueeze(1);
            return torch.linalg.eigvalsh(scaled.mm(scaled.t())).min().ToDouble();
        }
    }

    public void Dispose()
    {
        means.Dispose();
        roots.Dispose();
    }

    // With n = Σ r, c = r / (n − r), δ = x − μ: μ' = μ − c δ and Σ' = n / (n − r) (Σ − c δᵀδ), so that the squared
    // distance is n / (n − r) · q / (1 − c q) and ln|Σ'| = D ln(n / (n − r)) + ln|Σ| + ln(1 − c q).
    private static torch.Tensor WithoutOwn(torch.Tensor squares, torch.Tensor shares, double logDeterminant, CovarianceForm form)
    {
        const double Least = 1e-12;
        var (count, dimension) = (shares.sum(), (double)squares.shape[1]);
        var left = torch.maximum(count - shares, count * Least);
        var ratio = (shares / left).unsqueeze(1);
        var distances = form switch
        {
            CovarianceForm.Diagonal => squares,
            CovarianceForm.Spherical => squares.mean([1L], keepdim: true),
            _ => squares.sum(dim: 1, keepdim: true),
        };
        var kept = (1 - ratio * distances).clamp_min(Least);
        // One variance for all D values counts D times.
        var multiplicity = form == CovarianceForm.Spherical ? dimension : 1;
        var growth = count / left;
        var distance = (distances / kept).sum(dim: 1) * multiplicity * growth;
        var determinant = growth.log() * dimension + kept.log().sum(dim: 1) * multiplicity + logDeterminant;
        return (left / (shares.shape[0] - 1.0)).log() - (distance + determinant + dimension * Math.Log(2 * Math.PI)) * 0.5;
    }

    // (x − μ_k) Σ_k^-½, [N, D].
    private torch.Tensor Whitened(torch.Tensor x, int component)
    {
        var centred = x - means[component];
        return HasAxes
            ? centred / roots[component]
            : torch.linalg.solve_triangular(roots[component], centred.t(), upper: false).t();
    }

    private double LogDeterminant(int component)
    {
        using var scope = torch.NewDisposeScope();
        return 2 * (HasAxes ? roots[component] : roots[component].diagonal()).log().sum().ToDouble();
    }

    // Component by component, so that no more than one holds its [N, D] at a time.
    private torch.Tensor Stacked(Func<int, torch.Tensor> row)
        => torch.stack([.. Enumerable.Range(0, Components).Select(k =>
        {
            using var scope = torch.NewDisposeScope();
            return row(k).MoveToOuterDisposeScope();
        })]);
}
