using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>
/// E[x|zᵢ] and Var[x|zᵢ] of a block of draws zᵢ ~ p(z). With Gᵢ = Var[x|zᵢ] + E[x|zᵢ]ᵀE[x|zᵢ], the mean of Gᵢ estimates
/// E[xᵀx] by conditioning (Rao-Blackwell). No <c>[m, D, D]</c> array is ever made. It lives in the dispose scope in which it was made, on
/// the CPU; what it is made from may be on any device.
/// </summary>
public abstract class ConditionalMoments
{
    private protected ConditionalMoments(torch.Tensor means) => Means = means;

    /// <summary>E[x|zᵢ], <c>[m, D]</c>, float64.</summary>
    public torch.Tensor Means { get; }

    /// <summary>Σ Var[x|zᵢ] over the block, <c>[D, D]</c>.</summary>
    internal abstract torch.Tensor CovarianceSum();

    /// <summary>Σ ‖Gᵢ − oᵀo‖² over the block. About an origin o near the draws it is exact however far they are from
    /// zero.</summary>
    internal abstract double SquaredNorms(torch.Tensor origin);

    /// <summary>
    /// Draws whose values are independent given z: Bernoulli p has p(1 − p), Poisson its rate, Laplace 2b², a fixed variance σ² for
    /// all.
    /// </summary>
    /// <param name="means">E[x|z], <c>[m, ...]</c>.</param>
    /// <param name="variances">Var[x|z] of every value, of the same shape, not negative.</param>
    /// <exception cref="ArgumentException">Shapes disagree, values are not finite, or a variance is negative:
    /// the message names the draw.</exception>
    public static ConditionalMoments Independent(torch.Tensor means, torch.Tensor variances)
    {
        var rows = Rows.Checked(means, nameof(means));
        return new IndependentMoments(rows, RequireVariances(Rows.Checked(variances, nameof(variances)), rows));
    }

    /// <summary>Independent Student-t values: Var = s² ν / (ν − 2).</summary>
    /// <param name="means">Locations <c>[m, ...]</c>.</param>
    /// <param name="squaredScales">s², of the same shape.</param>
    /// <param name="degrees">ν, above 2: below it there is no variance.</param>
    /// <exception cref="ArgumentException">As <see cref="Independent"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="degrees"/> is not above 2.</exception>
    public static ConditionalMoments StudentT(torch.Tensor means, torch.Tensor squaredScales, double degrees)
    {
        if (!(degrees > 2 && double.IsFinite(degrees)))
            throw new ArgumentOutOfRangeException(
                nameof(degrees), degrees, "a Student-t value has a variance only above 2 degrees of freedom");
        ArgumentNullException.ThrowIfNull(squaredScales);
        using var scaled = squaredScales * (degrees / (degrees - 2));
        return Independent(means, scaled);
    }

    /// <summary>One-hot blocks: a categorical value of C classes in C columns, with Var = diag(p) − pᵀp within a block.</summary>
    /// <param name="probabilities">p, <c>[m, D]</c>, blocks side by side, each summing to one.</param>
    /// <param name="classes">C, a divisor of D.</param>
    /// <exception cref="ArgumentException">C does not divide D, or probabilities of a draw do not sum to one (1e-6).</exception>
    public static ConditionalMoments OneHot(torch.Tensor probabilities, int classes)
    {
        var rows = Rows.Checked(probabilities, nameof(probabilities));
        if (classes < 1 || rows.shape[1] % classes != 0)
            throw new ArgumentException($"classes is {classes}; it must divide the {rows.shape[1]} columns", nameof(classes));
        var sums = Rows.Values(rows.reshape(-1, classes).sum(dim: 1));
        var bad = Array.FindIndex(sums, sum => Math.Abs(sum - 1) > 1e-6);
        if (bad >= 0 || rows.min().ToDouble() < 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"probabilities of draw {Math.Max(bad, 0) * classes / rows.shape[1]} are "
                + $"negative or do not sum to one"), nameof(probabilities));
        return new OneHotMoments(rows, classes);
    }

    /// <summary>Draws of a discrete z with a full covariance for each of its K values, such as a mixture's components.</summary>
    /// <param name="means">μ_k, <c>[K, D]</c>.</param>
    /// <param name="covariances">Σ_k, <c>[K, D, D]</c>, symmetric within 1e-8 of √(Σ_ii Σ_jj).</param>
    /// <param name="components">The k of every draw, <c>[m]</c>, int64.</param>
    /// <exception cref="ArgumentException">Shapes disagree, or a covariance is not symmetric or has a negative diagonal:
    /// the message names it.</exception>
    public static ConditionalMoments OfComponents(torch.Tensor means, torch.Tensor covariances, torch.Tensor components)
    {
        ArgumentNullException.ThrowIfNull(components);
        var table = Rows.Checked(means, nameof(means));
        var flat = Rows.Checked(covariances, nameof(covariances));
        var (count, size) = (table.shape[0], table.shape[1]);
        if (flat.shape[0] != count || flat.shape[1] != size * size || components.Dimensions != 1 || components.shape[0] < 1)
            throw new ArgumentException($"covariances have shape {Shape.Text(covariances)} and components "
                + $"{Shape.Text(components)}; they must be [{count}, {size}, {size}] and [m]", nameof(covariances));
        var matrices = flat.reshape(count, size, size);
        for (var k = 0L; k < count; k++)
            RequireCovariance(matrices[k], k);
        return new ComponentMoments(table, matrices, components.cpu().to(torch.int64));
    }

    /// <summary>The kind and the size.</summary>
    public override string ToString() => $"{nameof(ConditionalMoments)} of {Means.shape[0]} draws of {Means.shape[1]} values";

    private static torch.Tensor RequireVariances(torch.Tensor variances, torch.Tensor means)
    {
        if (!variances.shape.SequenceEqual(means.shape))
            throw new ArgumentException(
                $"variances have shape {Shape.Text(variances)}, means {Shape.Text(means)}; they must be the same", nameof(variances));
        if (variances.min().ToDouble() >= 0)
            return variances;
        var least = Rows.Values(variances.amin([1L]));
        var bad = Array.FindIndex(least, value => value < 0);
        throw new ArgumentException(
            Rows.Text($"variances of draw {bad} hold {least[bad]}; a variance cannot be negative"), nameof(variances));
    }

    private static void RequireCovariance(torch.Tensor matrix, long index)
    {
        using var scope = torch.NewDisposeScope();
        if (matrix.diagonal().min().ToDouble() < 0)
            throw new ArgumentException($"covariance {index} has a negative value on its diagonal", nameof(matrix));
        // Every entry beside its own deviations: columns may be of very different size.
        var deviations = matrix.diagonal().sqrt();
        var allowed = deviations.unsqueeze(1) * deviations.unsqueeze(0) * 1e-8;
        if ((matrix - matrix.t()).abs().gt(allowed).any().ToBoolean())
            throw new ArgumentException($"covariance {index} is not symmetric", nameof(matrix));
    }
}
