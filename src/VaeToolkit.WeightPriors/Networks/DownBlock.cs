using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A residual block of the encoder, c2(c1(x)) + shortcut(x). A strided one halves every axis, rounding up, and its shortcut is a strided
/// 1×1×1 convolution of the same activated input.
/// </summary>
internal sealed class DownBlock : Module<torch.Tensor, torch.Tensor>
{
    private readonly ConvolutionBlock _first;
    private readonly ConvolutionBlock _second;
    private readonly Conv3d? _shortcut;
    private readonly string _sizes;

    internal DownBlock(long inputs, long outputs, bool strided, UNet3dOptions options, KernelConvolution convolution)
        : base(nameof(DownBlock))
    {
        _sizes = $"{inputs} → {outputs}";
        _first = new ConvolutionBlock(inputs, convolution(inputs, outputs, strided ? 2 : 1), options);
        _second = new ConvolutionBlock(outputs, convolution(outputs, outputs, 1), options);
        register_module("c1", _first);
        register_module("c2", _second);
        if (strided)
            register_module("shortcut", _shortcut = PlainConvolution.Pointwise(inputs, outputs, stride: 2));
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        var activated = _first.Activate(input);
        return _second.forward(_first.Convolve(activated)) + (_shortcut?.forward(activated) ?? input);
    }

    /// <summary>The channels.</summary>
    public override string ToString() => $"{nameof(DownBlock)} {_sizes}";

    protected override void RegisterComponents()
    {
    }
}
