using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The kernel decoder in the code of Kuzina et al. (2019): z → 128 → 128 → transposed convolution from one voxel to 3×3×3 → 64
/// → 32 channels, with ELU between, → mean and log-variance of each voxel. (On one voxel a padded 3×3×3 convolution is a linear map,
/// and is written as one.)
/// </summary>
internal sealed class ConvolutionalKernelDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "kernel-conv-decoder";

    private readonly Module<torch.Tensor, torch.Tensor> _dense;
    private readonly Module<torch.Tensor, torch.Tensor> _layers;
    private readonly ObservationModel _likelihood;

    internal ConvolutionalKernelDecoder(long latentSize, ObservationModel likelihood)
        : base(nameof(ConvolutionalKernelDecoder))
    {
        (LatentSize, _likelihood) = (latentSize, likelihood);
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        _dense = Sequential(("fc1", Linear(latentSize, 128)), ("fc2", Linear(128, 128)), ("act2", ELU()));
        _layers = Sequential(
            ("up1", ConvTranspose3d(128, 128, 3)), ("act1", ELU()), ("up2", ConvTranspose3d(128, 64, 1)), ("act2", ELU()),
            ("up3", ConvTranspose3d(64, 32, 1)), ("act3", ELU()), ("head", Conv3d(32, likelihood.ParametersPerValue, 1)));
        register_module("dense", _dense);
        register_module("layers", _layers);
        register_module("likelihood", likelihood);
    }

    public override long LatentSize { get; }

    public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));
        var raw = _layers.forward(_dense.forward(batch.Rows).reshape([-1L, 128, 1, 1, 1]));
        return _likelihood.forward(batch.Restore(raw, [_likelihood.ParametersPerValue, .. ItemShape.Skip(1)]));
    }

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        return _likelihood.WriteTo(graph, graph.Layer(_layers, graph.Layer(_dense, z).Reshape(NetworkGraph.Batch, 128, 1, 1, 1)));
    }

    /// <summary>The sizes and the likelihood.</summary>
    public override string ToString() => $"{nameof(ConvolutionalKernelDecoder)} {LatentSize} → {_likelihood}";

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("latent_size", LatentSize).With("likelihood", _likelihood);

    internal static ConvolutionalKernelDecoder From(PartOptions options)
    {
        var (latents, likelihood) = (options.WholeNumber("latent_size"), options.Part<ObservationModel>("likelihood"));
        Shape.RequirePositive(latents, "the latent size", "latent_size");
        options.RequireWeights(128, latents);
        return likelihood.ItemShape is [1, 3, 3, 3] ? new(latents, likelihood)
            : throw new ArgumentException($"items are {Shape.Text(likelihood.ItemShape)}; kernels are [1, 3, 3, 3]");
    }
}
