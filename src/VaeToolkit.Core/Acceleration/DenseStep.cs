using TorchSharp;

namespace VaeToolkit;

/// <summary>A fully connected layer: max(s, slope · s) with s = x Wᵀ + b.</summary>
/// <param name="Weight">W, <c>[outputs, inputs]</c>.</param>
/// <param name="Bias">b, <c>[outputs]</c>.</param>
/// <param name="Slope">1 for no activation, else the slope of a (leaky) rectifier below zero.</param>
internal readonly record struct DenseStep(torch.Tensor Weight, torch.Tensor Bias, float Slope)
{
    /// <summary>Inputs of the layer.</summary>
    internal int Inputs { get; } = (int)Weight.shape[1];

    /// <summary>Outputs of the layer.</summary>
    internal int Outputs { get; } = (int)Weight.shape[0];
}
