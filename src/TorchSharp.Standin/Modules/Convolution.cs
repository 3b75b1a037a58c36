using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The weights and settings that convolutions share. Weights are drawn from U(-1/√fan-in, 1/√fan-in), as PyTorch draws them.</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private readonly ConvolutionOptions _options;

    private protected Convolution(string name, ConvolutionOptions options)
        : base(name)
    {
        Check(options);
        _options = options;
        (kernel_size, stride, dilation) = (options.Kernel, options.Stride, options.Dilation);
        (output_padding, groups) = (options.OutputPadding, options.Groups);
        weight = new Parameter(empty(options.WeightShape, options.Type, options.Device));
        if (options.HasBias)
            bias = new Parameter(empty(options.Out, options.Type, options.Device));
        nn.init.DrawLikePyTorch(weight, bias);
    }

    public Parameter? weight
    {
        get => Own();
        set => SetOwn(value);
    }

    public Parameter? bias
    {
        get => Own();
        set => SetOwn(value);
    }

    public long in_channels => _options.In;

    public long out_channels => _options.Out;

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    public long[] padding => _options.Padding;

    public long[] dilation { get; set; }

    public long[] output_padding { get; set; }

    public long groups { get; set; }

    private protected Tensor Convolve(Op plain, Op byName, Tensor input)
    {
        CheckShape(input);
        if (_options.PaddingType is { } type)
            return byName.Call(input, weight, bias, stride, type == Padding.Same ? "same" : "valid", dilation, groups);
        if (_options.Mode is PaddingModes.Zeros or PaddingModes.Constant)
            return plain.Call(input, weight, bias, stride, padding, dilation, groups);
        long[] around = [.. padding.Reverse().SelectMany(p => (long[])[p, p])];
        using var padded = nn.functional.pad(input, around, _options.Mode);
        return plain.Call(padded, weight, bias, stride, ConvolutionOptions.All(_options.Axes, 0), dilation, groups);
    }

    private protected Tensor ConvolveTransposed(Op op, Tensor input, long[]? size)
    {
        CheckShape(input);
        return op.Call(input, weight, bias, stride, padding, size is null ? output_padding : PaddingFor(input, size), groups, dilation);
    }

    // What is to be added to the smallest output that gives the input its size.
    private long[] PaddingFor(Tensor input, long[] size)
    {
        var sizes = input.shape[^_options.Axes..];
        var smallest = sizes.Select((n, i) => ((n - 1) * stride[i]) - (2 * padding[i]) + (dilation[i] * (kernel_size[i] - 1)) + 1);
        return [.. size[^_options.Axes..].Zip(smallest, (wanted, least) => wanted - least)];
    }

    private void CheckShape(Tensor input)
    {
        var (rank, sizes) = (_options.Axes + 2, input.shape);
        if ((sizes.Length == rank && sizes[1] == in_channels) || (sizes.Length == rank - 1 && sizes[0] == in_channels))
            return;
        throw new ArgumentException($"Expected {rank - 1}D (unbatched) or {rank}D (batched) input with {in_channels} channels to {GetName()}.");
    }

    private static void Check(ConvolutionOptions options)
    {
        if (options.In % options.Groups != 0)
            throw new ArgumentException("in_channels must be divisible by groups");
        if (options.Out % options.Groups != 0)
            throw new ArgumentException("out_channels must be divisible by groups");
    }
}
