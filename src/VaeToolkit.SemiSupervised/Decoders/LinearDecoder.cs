using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>A decoder without hidden layers: z → Wz + b → the parameters of a likelihood.</summary>
public sealed class LinearDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "linear-decoder";

    private readonly Linear _head;
    private readonly ObservationModel _likelihood;
    private readonly long[] _rawShape;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="likelihood">The likelihood of the items, such as <c>new ClassLikelihood(10)</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1.</exception>
    public LinearDecoder(long latentSize, ObservationModel likelihood)
        : base(nameof(LinearDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        ArgumentNullException.ThrowIfNull(likelihood);
        (LatentSize, _likelihood) = (latentSize, likelihood);
        _rawShape = [likelihood.ItemShape[0] * likelihood.ParametersPerValue, .. likelihood.ItemShape.Skip(1)];
        _head = torch.nn.Linear(latentSize, Shape.Size(_rawShape));
        register_module("head", _head);
        register_module("likelihood", likelihood);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));
        return EngineError.Of(this, input, nameof(input), () => _likelihood.forward(
            batch.Restore(_head.forward(batch.Rows), _rawShape)));
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        return _likelihood.WriteTo(graph, graph.Layer(_head, z).Reshape([NetworkGraph.Batch, .. _rawShape]));
    }

    /// <summary>The sizes and the likelihood.</summary>
    public override string ToString() => $"{nameof(LinearDecoder)} {LatentSize} → {_likelihood}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("latent_size", LatentSize)
        .With("likelihood", _likelihood);

    internal static LinearDecoder From(PartOptions options)
    {
        var (latents, likelihood) = (options.WholeNumber("latent_size"), options.Part<ObservationModel>("likelihood"));
        options.RequireWeights([latents, likelihood.ParametersPerValue, .. likelihood.ItemShape]);
        return new(latents, likelihood);
    }
}
