using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Training;

namespace VaeToolkit.Samples;

/// <summary>
/// Items whose archetypes are known: mixtures of the three corners of a triangle in the plane with weights from Dir(0.5, 0.5, 0.5), put
/// into eight dimensions without stretching, with normal noise of 0.05 on every value.
/// </summary>
internal sealed class PlanarSimplex : IDisposable
{
    private const int Corners = 3;
    private const int Width = 8;
    private const double Concentration = 0.5;
    private const double Noise = 0.05;

    /// <param name="count">Items.</param>
    /// <param name="seed">Seed of all.</param>
    /// <param name="exponent">c where the value that differs most among the corners, x, becomes exp(c x / max |x|) with the maximum over
    /// corners; null where nothing is bent.</param>
    public PlanarSimplex(int count, long seed, double? exponent = null)
    {
        using var scope = torch.NewDisposeScope();
        using var random = SeedScope.Begin(seed);
        Weights = DirichletWeights.Draw(count, Corners, Concentration).DetachFromDisposeScope();
        var plane = torch.linalg.qr(torch.randn(Width, Corners - 1, dtype: torch.float64)).Q;
        var corners = torch.tensor(new ArchetypeSimplex(Corners).Vertices()).mm(plane.transpose(0, 1));
        var items = Weights.mm(corners);
        items = items + (torch.randn_like(items) * Noise);
        if (exponent is { } c)
        {
            var value = plane.square().sum(-1).argmax().ToInt64();
            var factor = c / corners.select(1, value).abs().max().ToDouble();
            foreach (var rows in new[] { corners, items })
                rows.select(1, value).mul_(factor).exp_();
        }
        (Items, Vertices) = (items.DetachFromDisposeScope(), corners.DetachFromDisposeScope());
    }

    /// <summary>p(x|t) with the variance of the noise.</summary>
    public static ObservationModel Likelihood => ObservationModel.Gaussian(Noise * Noise, Width);

    /// <summary>p(x|t) with a learned variance for each value of each item.</summary>
    public static ObservationModel LearnedLikelihood => ObservationModel.LearnedGaussian(new LogVarianceRange(-8, 12), Width);

    /// <summary>The items, <c>[N, 8]</c> in float64.</summary>
    public torch.Tensor Items { get; }

    /// <summary>The true weights of the corners, <c>[N, 3]</c>.</summary>
    public torch.Tensor Weights { get; }

    /// <summary>The corners themselves, without noise, <c>[3, 8]</c>.</summary>
    public torch.Tensor Vertices { get; }

    public void Dispose()
    {
        Items.Dispose();
        Weights.Dispose();
        Vertices.Dispose();
    }
}
