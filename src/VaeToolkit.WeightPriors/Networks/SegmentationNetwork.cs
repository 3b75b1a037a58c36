using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// What <see cref="UNet3d"/> and <see cref="BayesianUNet3d"/> share: the layers, their names and the way through them. Input block, then a
/// level of strided and plain residual blocks for each width after the first, then a decoder block for each level back,
/// then the output block.
/// </summary>
/// <remarks>
/// Layers are called <c>init</c>, <c>downs.0.0.c1.conv</c> (level, block), <c>ups.0.c2.conv</c> (coarsest first) and <c>out</c>. Saved
/// weights carry these names, and kernels are harvested and transferred by them.
/// </remarks>
public abstract class SegmentationNetwork : Module<torch.Tensor, torch.Tensor>
{
    private readonly Module<torch.Tensor, torch.Tensor> _init;
    private readonly NumberedModules<NumberedModules<DownBlock>> _downs;
    private readonly NumberedModules<UpBlock> _ups;
    private readonly Conv3d _out;

    private protected SegmentationNetwork(string name, UNet3dOptions? options, KernelConvolution convolution)
        : base(name)
    {
        Options = (options ?? new()).Validated();
        register_module("init", _init = convolution(Options.InputChannels, Options.Widths[0], 1));
        register_module("downs", _downs = Downs(convolution));
        register_module("ups", _ups = Ups(convolution));
        register_module("out", _out = PlainConvolution.Pointwise(Options.Widths[0], Options.Classes, bias: Options.OutputBias));
        KernelLayers = [.. NamesOfKernelLayers()];
        if (Options.OutputBias)
            StartBias();
    }

    /// <summary>The network's shape.</summary>
    public UNet3dOptions Options { get; }

    /// <summary>Names of the 3×3×3 convolutions in the order in which they are computed.</summary>
    public IReadOnlyList<string> KernelLayers { get; }

    /// <summary>The logits of a batch; the output grid is the input grid.</summary>
    /// <param name="input">Volumes <c>[N, C, D, H, W]</c>, of any size that leaves at least two voxels at the coarsest level.</param>
    /// <returns>Logits <c>[N, Y, D, H, W]</c>.</returns>
    /// <exception cref="ArgumentException">The volumes have another rank, number of channels or type, are too small, or there are none.
    /// </exception>
    public override torch.Tensor forward(torch.Tensor input)
    {
        RequireVolumes(input);
        return EngineError.Of(this, input, nameof(input), () => Logits(input));
    }

    /// <summary>Writes the network as a folder that opens without code: <see cref="ModelFolder.Save"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder) => ModelFolder.Save(this, folder);

    /// <summary>Writes the weights as safetensors, to a temporary name first.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(string path)
    {
        using var scope = torch.NewDisposeScope();
        ModelWeights.Save(this, path, Kind);
    }

    /// <summary>Reads weights that <see cref="SaveWeights"/> wrote. Nothing is changed unless everything fits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ignoreDescription">Whether weights that fit are read even where the file says that they are of a model with other
    /// options, such as another activation.</param>
    /// <exception cref="SafeTensorsException">The file is damaged, or of another kind.</exception>
    /// <exception cref="WeightsMismatchException">The weights are of another network:
    /// all missing, unexpected and wrongly shaped keys are listed, and all options that differ.</exception>
    public void LoadWeights(string path, bool ignoreDescription = false)
    {
        using var scope = torch.NewDisposeScope();
        ModelWeights.Load(this, path, Kind, ignoreDescription);
    }

    /// <summary>The widths and the number of weights.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{GetName()} {Shape.Text(Options.Widths)}, {parameters().Sum(p => p.NumberOfElements):N0} parameters");

    internal abstract string Kind { get; }

    /// <summary>Registers nothing beyond the layers: they are registered by name.</summary>
    protected override void RegisterComponents()
    {
    }

    private torch.Tensor Logits(torch.Tensor input)
    {
        var x = _init is Conv3d { weight: { } weight } && OneChannelConvolution.Pays(input, weight)
            ? OneChannelConvolution.Of(input, weight) : _init.forward(input);
        var skips = new Stack<torch.Tensor>();
        foreach (var level in _downs.Items)
        {
            skips.Push(x);
            x = level.Items.Aggregate(x, (map, block) => block.forward(map));
        }
        return _out.forward(_ups.Items.Aggregate(x, (map, block) => block.forward(map, skips.Pop())));
    }

    private bool HasChannelsLast(torch.Tensor input) => input.Dimensions == 5 && input.shape[4] == Options.InputChannels;

    private NumberedModules<NumberedModules<DownBlock>> Downs(KernelConvolution convolution)
        => new(Enumerable.Range(1, Options.Levels - 1).Select(level => Level(level, convolution)));

    private NumberedModules<DownBlock> Level(int level, KernelConvolution convolution)
    {
        var (inputs, outputs) = (Options.Widths[level - 1], Options.Widths[level]);
        return new(Enumerable.Range(0, Options.BlocksOf(level)).Select(
            block => new DownBlock(block == 0 ? inputs : outputs, outputs, strided: block == 0, Options, convolution)));
    }

    private NumberedModules<UpBlock> Ups(KernelConvolution convolution)
        => new(Enumerable.Range(1, Options.Levels - 1).Reverse().Select(
            level => new UpBlock(Options.Widths[level], Options.Widths[level - 1], Options, convolution)));

    private IEnumerable<string> NamesOfKernelLayers()
    {
        yield return "init";
        for (var level = 0; level < _downs.Items.Count; level++)
        {
            for (var block = 0; block < _downs.Items[level].Items.Count; block++)
            {
                yield return $"downs.{level}.{block}.c1.conv";
                yield return $"downs.{level}.{block}.c2.conv";
            }
        }
        for (var block = 0; block < _ups.Items.Count; block++)
        {
            yield return $"ups.{block}.c1.conv";
            yield return $"ups.{block}.c2.conv";
        }
    }

    // With one output its logit starts at log(π/(1−π)); with Y classes the background's at 0, and the others' share the foreground.
    private void StartBias()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var bias = _out.bias!;
        bias.zero_();
        (Options.Classes == 1 ? bias : bias.narrow(0, 1, Options.Classes - 1))
            .fill_(Options.OutputStart - Math.Log(Math.Max(1, Options.Classes - 1)));
    }

    private void RequireVolumes(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Dimensions != 5 || input.shape[1] != Options.InputChannels)
            throw new ArgumentException(
                $"volumes have shape {Shape.Text(input)}; the network takes [N, {Options.InputChannels}, D, H, W]"
                + (HasChannelsLast(input) ? "; the channels are last, so permute them first" : ""),
                nameof(input));
        if (input.shape[0] == 0)
            throw new ArgumentException($"volumes have shape {Shape.Text(input)}; there must be at least one", nameof(input));
        var factor = 1L << (Options.Levels - 1);
        if (input.shape[2..].All(length => length <= factor))
        {
            throw new ArgumentException(
                $"volumes have shape {Shape.Text(input)}; after {Options.Levels - 1} halvings one voxel is left, which cannot "
                + $"be normalised: an axis must be longer than {factor}", nameof(input));
        }
    }
}
