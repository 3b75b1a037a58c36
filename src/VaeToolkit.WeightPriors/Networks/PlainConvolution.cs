using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>The deterministic convolutions of a network: no bias, Kaiming's normal start with fan-in (He et al. 2015).</summary>
internal static class PlainConvolution
{
    internal static Conv3d Kernel(long inputs, long outputs, long stride)
        => Started(() => Conv3d(inputs, outputs, 3, stride, padding: 1, bias: false));

    internal static Conv3d Pointwise(long inputs, long outputs, long stride = 1, bool bias = false)
        => Started(() => Conv3d(inputs, outputs, 1, stride, bias: bias));

    private static Conv3d Started(Func<Conv3d> make)
    {
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        var convolution = make();
        init.kaiming_normal_(convolution.weight!, nonlinearity: init.NonlinearityType.ReLU);
        return convolution;
    }
}
