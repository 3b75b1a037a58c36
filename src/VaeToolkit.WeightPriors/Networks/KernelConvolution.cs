using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Makes the 3×3×3 convolutions of a network, which is all that differs between the deterministic network and its Bayesian twin.
/// </summary>
/// <param name="inputs">Channels in.</param>
/// <param name="outputs">Channels out.</param>
/// <param name="stride">1 or 2.</param>
internal delegate torch.nn.Module<torch.Tensor, torch.Tensor> KernelConvolution(long inputs, long outputs, long stride);
