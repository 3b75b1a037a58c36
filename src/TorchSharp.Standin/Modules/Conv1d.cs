using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class Conv1d : Convolution
{
    internal Conv1d(ConvolutionOptions options)
        : base(nameof(Conv1d), options)
    {
    }

    public override Tensor forward(Tensor input) => Convolve(Ops.Conv1d, Ops.Conv1dPadding, input);
}
