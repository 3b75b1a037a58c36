using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The kernel encoder in the code of Kuzina et al. (2019): 3×3×3 → convolution to 32 channels → pooled to 2×2×2 → convolution to
/// 64 → pooled to one voxel → 128 → mean and log-variance, with ELU between.
/// </summary>
internal sealed class ConvolutionalKernelEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "kernel-conv-encoder";

    private readonly long[] _kernelShape;
    private readonly LogVarianceRange _range;
    private readonly Conv3d _first;
    private readonly Conv3d _second;
    private readonly Linear _third;
    private readonly Linear _head;

    internal ConvolutionalKernelEncoder(IReadOnlyList<long> kernelShape, long latentSize, LogVarianceRange range)
        : base(nameof(ConvolutionalKernelEncoder))
    {
        (_kernelShape, LatentSize, _range) = ([.. kernelShape], latentSize, range);
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        (_first, _second) = (Conv3d(1, 32, 3, padding: 1), Conv3d(32, 64, 3, padding: 1));
        (_third, _head) = (Linear(64, 128), Linear(128, 2 * latentSize));
        register_module("conv1", _first);
        register_module("conv2", _second);
        register_module("fc", _third);
        register_module("head", _head);
    }

    public override long LatentSize { get; }

    public override Posterior forward(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var flat = Shape.Flat(input, Shape.Size(_kernelShape), nameof(input));
        var x = functional.max_pool3d(_first.forward(flat.reshape([-1L, 1, .. _kernelShape])), [2, 2, 2], [2, 2, 2], [1, 1, 1]);
        x = functional.max_pool3d(_second.forward(functional.elu(x, 1.0)), [2, 2, 2]);
        x = functional.elu(_third.forward(functional.elu(x, 1.0).flatten(1)), 1.0);
        var parts = _head.forward(x).chunk(2, dim: -1);
        return new DiagonalNormal(parts[0], parts[1].clamp(_range.Minimum, _range.Maximum));
    }

    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        var x = graph.Layer(_first, items.Reshape([NetworkGraph.Batch, 1, .. _kernelShape]));
        x = Elu(graph, Pooled(graph, x, padding: 1));
        x = Elu(graph, Pooled(graph, graph.Layer(_second, x), padding: 0));
        x = Elu(graph, graph.Layer(_third, x.Reshape(NetworkGraph.Batch, _third.in_features)));
        var (mean, logVariance) = graph.Layer(_head, x).Halves(-1);
        return new(mean, logVariance.Clamp(_range));
    }

    private static GraphValue Elu(NetworkGraph graph, GraphValue x) => graph.Apply("Elu", [x], ("alpha", 1.0));

    private static GraphValue Pooled(NetworkGraph graph, GraphValue x, long padding)
    {
        (long[] sides, long[] pads) = ([2, 2, 2], [.. Enumerable.Repeat(padding, 6)]);
        return graph.Apply("MaxPool", [x], ("kernel_shape", sides), ("strides", sides), ("pads", pads));
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(ConvolutionalKernelEncoder)} {Shape.Text(_kernelShape)} → 2×{LatentSize}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("kernel_shape", _kernelShape)
        .With("latent_size", LatentSize).With("log_variance", _range);

    internal static ConvolutionalKernelEncoder From(PartOptions options)
    {
        var (latents, range) = (options.WholeNumber("latent_size"), options.Range("log_variance"));
        Shape.RequirePositive(latents, "the latent size", "latent_size");
        options.RequireWeights(256, latents);
        return new(KernelNetworks.RequireCube(options.WholeNumbers("kernel_shape")), latents,
            (range ?? throw new ArgumentException("the log-variance must have a range")).Validated("log_variance"));
    }
}
