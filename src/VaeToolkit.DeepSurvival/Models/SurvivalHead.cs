using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.DeepSurvival;

/// <summary>The network (t, z) → (ln λ, k) of p(y|t,z) (Beaulac, Rosenthal and Hodgson 2018, eq. 12).</summary>
internal sealed class SurvivalHead : torch.nn.Module
{
    private const double SmallestShape = 0.05;
    private const double LargestShape = 20;
    private const double LargestLogScale = 15;

    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly string _sizes;

    public SurvivalHead(long codeWidth, long latentSize, IReadOnlyList<long> hidden, Activation activation)
        : base(nameof(SurvivalHead))
    {
        _sizes = $"{codeWidth} + {latentSize} → {string.Join(" → ", hidden)} → 2";
        _trunk = Layers.Dense(codeWidth + latentSize, hidden, activation);
        _head = torch.nn.Linear(hidden[^1], 2);
        register_module("trunk", _trunk);
        register_module("head", _head);
    }

    /// <summary>Distributions of times in a unit whose logarithm is given.</summary>
    /// <param name="code">The treatments' code, <c>[..., N, K]</c>.</param>
    /// <param name="z">Latent vectors <c>[..., N, Z]</c>.</param>
    /// <param name="logUnit">ln of the unit in which ln λ comes out of the network.</param>
    public WeibullLikelihood Distribution(torch.Tensor code, torch.Tensor z, torch.Tensor logUnit)
    {
        var raw = _head.forward(_trunk.forward(torch.cat([code, z], dim: -1)));
        // The floor keeps the gradient of a shape that is about to vanish from vanishing too;
        // the range is the one in which its powers stay finite.
        var shape = (raw.select(-1, 1).softplus() + 1e-3).clamp(SmallestShape, LargestShape);
        return new(raw.select(-1, 0).clamp(-LargestLogScale, LargestLogScale) + logUnit, shape);
    }

    /// <summary>Writes <see cref="Distribution"/> of the code and the latent vectors side by side into a graph.</summary>
    public (GraphValue LogScale, GraphValue Shape) WriteTo(NetworkGraph graph, GraphValue input, torch.Tensor logUnit)
    {
        using var scope = torch.NewDisposeScope();
        var (logScale, shape) = graph.Layer(_head, graph.Layer(_trunk, input)).Halves(-1);
        return (
            logScale.Clamp(-LargestLogScale, LargestLogScale) + graph.Constant(logUnit.reshape(1)),
            (shape.Then("Softplus") + 1e-3).Clamp(SmallestShape, LargestShape));
    }

    /// <summary>The layers' widths.</summary>
    public override string ToString() => $"{nameof(SurvivalHead)} {_sizes}";

    protected override void RegisterComponents()
    {
    }
}
