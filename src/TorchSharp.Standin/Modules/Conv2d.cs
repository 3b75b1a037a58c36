using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class Conv2d : Convolution
{
    internal Conv2d(ConvolutionOptions options)
        : base(nameof(Conv2d), options)
    {
    }

    public override Tensor forward(Tensor input) => Convolve(Ops.Conv2d, Ops.Conv2dPadding, input);
}
