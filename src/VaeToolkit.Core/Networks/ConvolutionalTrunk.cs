using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Networks;

/// <summary>The layers of the convolutional encoders and decoders. Their names are keys in saved files.</summary>
internal static class ConvolutionalTrunk
{
    /// <summary>From pictures <c>[N, C, H, W]</c> to features <c>[N, hidden]</c>.</summary>
    internal static Sequential Inwards(ConvolutionalShape shape, long hidden, Activation activation, int blocks = 0)
    {
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        var layers = new List<(string, Module<torch.Tensor, torch.Tensor>)>();
        for (var k = 1; k <= shape.LayerChannels.Count; k++)
        {
            layers.Add(($"conv{k}", Conv2d(shape.AllChannels[k - 1], shape.AllChannels[k], kernel_size: 4, stride: 2, padding: 1)));
            AddBlocks(layers, k, shape.AllChannels[k], activation, blocks);
            layers.Add(($"act{k}", Layers.Create(activation)));
        }
        layers.Add(("flatten", Flatten()));
        layers.Add(("fc", Linear(Shape.Size(shape.Innermost), hidden)));
        layers.Add(("act", Layers.Create(activation)));
        return Sequential(layers);
    }

    /// <summary>From latent vectors <c>[N, Z]</c> to the raw output <c>[N, C · parameters, H, W]</c>.</summary>
    internal static Sequential Outwards(
        ConvolutionalShape shape, long latentSize, long hidden, long parametersPerValue, Activation activation, int blocks = 0)
    {
        using var scope = torch.NewDisposeScope();
        var layers = new List<(string, Module<torch.Tensor, torch.Tensor>)>
        {
            ("fc1", Linear(latentSize, hidden)),
            ("act1", Layers.Create(activation)),
            ("fc2", Linear(hidden, Shape.Size(shape.Innermost))),
        };
        if (blocks == 0)
            layers.Add(("act2", Layers.Create(activation)));
        layers.Add(("unflatten", Unflatten(1, shape.Innermost)));
        for (var k = shape.LayerChannels.Count; k >= 1; k--)
        {
            AddBlocks(layers, k, shape.AllChannels[k], activation, blocks);
            if (k < shape.LayerChannels.Count || blocks > 0)
                layers.Add(($"deact{k + 1}", Layers.Create(activation)));
            var outputs = k == 1 ? shape.Channels * parametersPerValue : shape.AllChannels[k - 1];
            layers.Add(($"deconv{k}", ConvTranspose2d(shape.AllChannels[k], outputs, kernel_size: 4, stride: 2, padding: 1)));
        }
        return Sequential(layers);
    }

    private static void AddBlocks(
        List<(string, Module<torch.Tensor, torch.Tensor>)> layers, int layer, long channels, Activation activation, int blocks)
    {
        for (var b = 1; b <= blocks; b++)
            layers.Add(($"res{layer}_{b}", new ResidualBlock(channels, activation)));
    }
}
