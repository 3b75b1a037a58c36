using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A residual block of the decoder: x is projected by a 1×1×1 block and interpolated to the size of the encoder's feature map, which is
/// added to it or set beside it; then c2(c1(x)) + x.
/// </summary>
internal sealed class UpBlock : Module<torch.Tensor, torch.Tensor, torch.Tensor>
{
    private readonly ConvolutionBlock _project;
    private readonly ConvolutionBlock _first;
    private readonly ConvolutionBlock _second;
    private readonly Conv3d? _shortcut;
    private readonly string _sizes;

    internal UpBlock(long inputs, long outputs, UNet3dOptions options, KernelConvolution convolution)
        : base(nameof(UpBlock))
    {
        _sizes = $"{inputs} → {outputs}";
        var merged = options.Skip == SkipMode.Add ? outputs : 2 * outputs;
        _project = new ConvolutionBlock(inputs, PlainConvolution.Pointwise(inputs, outputs), options);
        _first = new ConvolutionBlock(merged, convolution(merged, outputs, 1), options);
        _second = new ConvolutionBlock(outputs, convolution(outputs, outputs, 1), options);
        register_module("project", _project);
        register_module("c1", _first);
        register_module("c2", _second);
        if (options.Skip == SkipMode.Concatenate)
            register_module("shortcut", _shortcut = PlainConvolution.Pointwise(merged, outputs));
    }

    public override torch.Tensor forward(torch.Tensor input, torch.Tensor skip)
    {
        var x = functional.interpolate(
            _project.forward(input), size: skip.shape[2..], mode: torch.InterpolationMode.Trilinear, align_corners: true);
        x = _shortcut is null ? x + skip : torch.cat([x, skip], dim: 1);
        var activated = _first.Activate(x);
        return _second.forward(_first.Convolve(activated)) + (_shortcut?.forward(activated) ?? x);
    }

    /// <summary>The channels.</summary>
    public override string ToString() => $"{nameof(UpBlock)} {_sizes}";

    protected override void RegisterComponents()
    {
    }
}
