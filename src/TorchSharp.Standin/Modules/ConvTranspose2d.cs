using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class ConvTranspose2d : ConvolutionTranspose
{
    internal ConvTranspose2d(ConvolutionOptions options)
        : base(nameof(ConvTranspose2d), options)
    {
    }

    public override Tensor forward(Tensor input, long[]? output_size) => ConvolveTransposed(Ops.ConvTranspose2dInput, input, output_size);
}
