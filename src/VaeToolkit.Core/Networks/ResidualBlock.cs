using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Networks;

/// <summary>
/// x + W₂ a(W₁ a(x)): a 3×3 convolution to half of the channels and a 1×1 convolution back. W₂ and its bias begin at zero, so a
/// block is the identity at first, and a deep stack of them trains without normalisation, whose statistics would tie the items of a batch
/// together (zero initialisation of the last layer: Goyal et al. 2017).
/// </summary>
internal sealed class ResidualBlock : Module<torch.Tensor, torch.Tensor>, IGraphLayer
{
    private readonly Module<torch.Tensor, torch.Tensor> _before;
    private readonly Module<torch.Tensor, torch.Tensor> _between;
    private readonly Conv2d _inner;
    private readonly Conv2d _outer;

    /// <summary>Makes the block.</summary>
    /// <param name="channels">Channels in and out.</param>
    /// <param name="activation">a.</param>
    internal ResidualBlock(long channels, Activation activation)
        : base(nameof(ResidualBlock))
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        // The input is needed again, for the sum.
        (_before, _between) = (Layers.Create(activation, inPlace: false), Layers.Create(activation));
        _inner = Conv2d(channels, Inner(channels), kernel_size: 3, padding: 1);
        _outer = Conv2d(Inner(channels), channels, kernel_size: 1);
        _outer.weight.zero_();
        _outer.bias!.zero_();
        register_module("inner", _inner);
        register_module("outer", _outer);
    }

    /// <inheritdoc/>
    public override torch.Tensor forward(torch.Tensor input)
        => input + _outer.forward(_between.forward(_inner.forward(_before.forward(input))));

    /// <inheritdoc/>
    public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return input + graph.Layer(_outer, graph.Layer(_between, graph.Layer(_inner, graph.Layer(_before, input))));
    }

    /// <summary>Its channels.</summary>
    public override string ToString()
        => $"{nameof(ResidualBlock)} {_outer.out_channels} → {_outer.in_channels} → {_outer.out_channels}";

    /// <summary>Channels between the two convolutions.</summary>
    internal static long Inner(long channels) => Math.Max(1, channels / 2);
}
