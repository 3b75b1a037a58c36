using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class ConvTranspose1d : ConvolutionTranspose
{
    internal ConvTranspose1d(ConvolutionOptions options)
        : base(nameof(ConvTranspose1d), options)
    {
    }

    public override Tensor forward(Tensor input, long[]? output_size) => ConvolveTransposed(Ops.ConvTranspose1d, input, output_size);
}
