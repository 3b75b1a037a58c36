using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class ConvTranspose3d : ConvolutionTranspose
{
    internal ConvTranspose3d(ConvolutionOptions options)
        : base(nameof(ConvTranspose3d), options)
    {
    }

    public override Tensor forward(Tensor input, long[]? output_size) => ConvolveTransposed(Ops.ConvTranspose3dInput, input, output_size);
}
