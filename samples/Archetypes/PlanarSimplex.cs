using TorchSharp;
using VaeToolkit.Archetypes;

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
    private readonly double? _exponent;

    /// <param name="count">Items.</param>
    /// <param name="seed">Seed of all.</param>
    /// <param name="exponent">c where the first value x becomes exp(c x), or null where nothing is bent.</param>
    public PlanarSimplex(int count, long seed, double? exponent = null)
    {
        _exponent = exponent;
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(seed);
        Weights = DirichletWeights.Draw(count, Corners, Concentration).DetachFromDisposeScope();
        var plane = torch.linalg.qr(torch.randn(Width, Corners - 1, dtype: torch.float64)).Q;
        // The first value runs along one side of the triangle, so that what is done to it bends the triangle.
        var corners = torch.tensor(new ArchetypeSimplex(Corners).Vertices()).mm(plane.transpose(0, 1));
        var items = Weights.mm(corners);
        Vertices = Bent(corners).DetachFromDisposeScope();
        Items = Bent(items + (torch.randn_like(items) * Noise)).DetachFromDisposeScope();
    }

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

    private torch.Tensor Bent(torch.Tensor items)
    {
        if (_exponent is not { } c)
            return items;
        var first = (items.narrow(1, 0, 1) * c).exp();
        return torch.cat([first, items.narrow(1, 1, Width - 1)], 1);
    }
}
