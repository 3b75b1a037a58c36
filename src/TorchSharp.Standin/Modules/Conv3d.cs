using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class Conv3d : Convolution
{
    internal Conv3d(ConvolutionOptions options)
        : base(nameof(Conv3d), options)
    {
    }

    public override Tensor forward(Tensor input) => Convolve(Ops.Conv3d, Ops.Conv3dPadding, input);
}
