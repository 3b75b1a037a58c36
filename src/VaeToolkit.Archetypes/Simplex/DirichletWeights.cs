using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>Mixing weights drawn from a symmetric Dirichlet distribution: points of a simplex in barycentric coordinates.</summary>
public static class DirichletWeights
{
    // All weights are the same to the last digit from here on, and one is all below that.
    private const double EvenFrom = 1e30;
    private const double VertexBelow = 1e-30;

    /// <summary>Draws weights a ~ Dir(α, …, α), from <see cref="NoiseSource"/>: mean 1/k, variance (k − 1) / (k² (k α +
    /// 1)).</summary>
    /// <param name="count">N, at least 1.</param>
    /// <param name="archetypes">k, at least 2.</param>
    /// <param name="concentration">α, above 0: 1 is uniform, below 1 favours vertices and edges, above 1 the middle.</param>
    /// <param name="like">A tensor in whose type and on whose device they are made; null for float64 on the CPU.</param>
    /// <returns>Rows <c>[N, k]</c> of numbers of at least 0 that sum to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static torch.Tensor Draw(long count, int archetypes, double concentration = 1, torch.Tensor? like = null)
    {
        Shape.RequirePositive(count, "the number of draws", nameof(count));
        ArchetypeSimplex.RequireTwo(archetypes, nameof(archetypes));
        RequireConcentration(concentration, nameof(concentration));
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var boosted = torch.full(
            [count, archetypes], Math.Min(concentration + 1, EvenFrom), dtype: like?.dtype ?? torch.float64,
            device: like?.device ?? torch.CPU);
        // Gamma(α) is Gamma(α + 1) U^(1/α); in logarithms a small α leaves no row of zeros.
        var logGamma = torch._standard_gamma(boosted, NoiseSource.OfThisThread).log()
            + Divided((1 - NoiseSource.UniformLike(boosted)).log(), concentration);
        return logGamma.softmax(-1).MoveToOuterDisposeScope();
    }

    // Of what is beyond the type's largest number, only which is the largest is left.
    private static torch.Tensor Divided(torch.Tensor logs, double concentration) => concentration >= VertexBelow ? logs / concentration
        : ((logs - logs.amax([-1L], keepdim: true)).to(torch.float64) / concentration).to(logs.dtype);

    internal static double RequireConcentration(double concentration, string name) => concentration > 0 && double.IsFinite(concentration)
        ? concentration
        : throw new ArgumentOutOfRangeException(name, concentration, "the concentration α must be a finite number above 0");
}
