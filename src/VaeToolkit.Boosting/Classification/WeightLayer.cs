using TorchSharp;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Boosting;

/// <summary>A convolution or linear layer that is given its weights and biases with every call, as stretches of a flat vector.</summary>
/// <param name="WeightShape"><c>[out, in, 5, 5]</c> of a convolution, <c>[out, in]</c> of a linear layer.</param>
/// <param name="Padding">Zeros around a convolution's input.</param>
internal sealed record WeightLayer(long[] WeightShape, long Padding = 0)
{
    internal bool IsConvolution => WeightShape.Length == 4;

    internal long WeightCount => Shape.Size(WeightShape);

    internal long BiasCount => WeightShape[0];

    /// <summary>The layer's output.</summary>
    internal torch.Tensor Apply(torch.Tensor input, torch.Tensor weight, torch.Tensor bias)
        => IsConvolution
            ? functional.conv2d(input, weight.reshape(WeightShape), bias, padding: [Padding, Padding])
            : functional.linear(input.flatten(1), weight.reshape(WeightShape), bias);

    /// <summary>Weights and biases to start from (He et al. 2015): normal with variance 2 / inputs, and 0.</summary>
    internal torch.Tensor[] Initial(torch.Device device)
        => [torch.randn([WeightCount], device: device) * Math.Sqrt(2.0 * BiasCount / WeightCount), torch.zeros(BiasCount, device: device)];
}
