using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The squared maximum mean discrepancy between two distributions, from a batch of each:
/// MMD² = E k(x, x′) + E k(y, y′) − 2 E k(x, y) (Gretton et al. 2012). It is 0 only for equal distributions, and needs no density.
/// </summary>
public static class Mmd
{
    /// <summary>The squared discrepancy of two batches, differentiable in both.</summary>
    /// <param name="x">Vectors <c>[N, Z]</c>, at least one, or two for the unbiased estimate.</param>
    /// <param name="y">Vectors <c>[M, Z]</c>, likewise.</param>
    /// <param name="kernel">k.</param>
    /// <param name="estimator">Which estimate.</param>
    /// <returns>One number, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The batches are no matrices of one width, or have too few vectors.</exception>
    public static torch.Tensor Squared(
        torch.Tensor x, torch.Tensor y, MmdKernel kernel, MmdEstimator estimator = MmdEstimator.Biased)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(kernel);
        if (!Enum.IsDefined(estimator))
            throw new ArgumentOutOfRangeException(nameof(estimator), estimator, "the estimator must be Biased or Unbiased");
        if (x.Dimensions != 2 || y.Dimensions != 2 || x.shape[1] != y.shape[1])
            throw new ArgumentException($"x has shape {Shape.Text(x)}, y {Shape.Text(y)}; they must be [N, Z] and [M, Z]", nameof(y));
        var least = LeastOf(estimator);
        if (x.shape[0] < least || y.shape[0] < least)
            throw new ArgumentException(
                $"x has {x.shape[0]} vectors, y {y.shape[0]}; the {estimator} estimate needs at least {least} of each", nameof(x));
        return Within(x, kernel, estimator) + Within(y, kernel, estimator) - kernel.Of(SquaredDistances(x, y)).mean() * 2;
    }

    /// <summary>How many vectors of each an estimate needs.</summary>
    internal static long LeastOf(MmdEstimator estimator) => estimator == MmdEstimator.Unbiased ? 2 : 1;

    private static torch.Tensor Within(torch.Tensor x, MmdKernel kernel, MmdEstimator estimator)
    {
        var values = kernel.Of(SquaredDistances(x, x));
        if (estimator == MmdEstimator.Biased)
            return values.mean();
        var count = x.shape[0];
        return (values.sum() - values.diagonal().sum()) / (count * (count - 1.0));
    }

    // By differences: ‖x‖² + ‖y‖² − 2 x·y would lose small distances far from zero, and its root has no gradient at 0.
    private static torch.Tensor SquaredDistances(torch.Tensor x, torch.Tensor y)
        => (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(-1);
}
