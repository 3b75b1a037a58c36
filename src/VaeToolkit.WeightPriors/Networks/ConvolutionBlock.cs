using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>Normalisation, activation, convolution: a block of a pre-activation network (He et al. 2016).</summary>
internal sealed class ConvolutionBlock : Module<torch.Tensor, torch.Tensor>
{
    private const double Epsilon = 1e-5;

    private readonly long _inputs;
    private readonly GroupNorm? _groupNorm;
    private readonly Module<torch.Tensor, torch.Tensor> _activation;
    private readonly Module<torch.Tensor, torch.Tensor> _convolution;

    internal ConvolutionBlock(long inputs, Module<torch.Tensor, torch.Tensor> convolution, UNet3dOptions options)
        : base(nameof(ConvolutionBlock))
    {
        _inputs = inputs;
        _activation = Layers.Create(options.Activation);
        _convolution = convolution;
        if (options.Normalisation == Normalisation.Group)
            register_module("norm", _groupNorm = Normalising(inputs));
        register_module("conv", convolution);
    }

    public override torch.Tensor forward(torch.Tensor input) => Convolve(Activate(input));

    internal torch.Tensor Activate(torch.Tensor input)
        => _activation.forward(_groupNorm is null ? functional.instance_norm(input, eps: Epsilon) : _groupNorm.forward(input));

    internal torch.Tensor Convolve(torch.Tensor activated) => _convolution.forward(activated);

    /// <summary>The channels that it takes.</summary>
    public override string ToString() => $"{nameof(ConvolutionBlock)} of {_inputs} channels";

    protected override void RegisterComponents()
    {
    }

    // TorchSharp 0.107.0 leaves weight and bias as whatever was in their memory (tests/TorchSharp.Tests/UpstreamFaultTests.cs).
    private static GroupNorm Normalising(long channels)
    {
        var norm = GroupNorm(Groups(channels), channels, Epsilon);
        using var scope = torch.NewDisposeScope();
        init.ones_(norm.weight!);
        init.zeros_(norm.bias!);
        return norm;
    }

    // At most eight channels a group, and as many in each.
    private static long Groups(long channels)
    {
        var groups = (channels + 7) / 8;
        while (channels % groups != 0)
            groups++;
        return groups;
    }
}
