using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Onnx.Tests.Layers;

/// <summary>A convolutional encoder with batch normalisation and dropout, as a user writes it.</summary>
internal sealed class NormalisedEncoder : Encoder
{
    private readonly Sequential _layers;

    public NormalisedEncoder()
        : base(nameof(NormalisedEncoder))
    {
        using var scope = NewDisposeScope();
        _layers = Sequential(
            ("conv1", Conv2d(1, 4, kernel_size: 3, padding: 1)), ("norm1", BatchNorm2d(4)), ("act1", ReLU()), ("pool1", MaxPool2d(2)),
            ("conv2", Conv2d(4, 6, kernel_size: 3, stride: 2, padding: 1)), ("norm2", BatchNorm2d(6)), ("act2", SiLU()),
            ("flatten", Flatten()), ("drop", Dropout(0.5)), ("gate", new GatedLayer(24, 8)), ("head", Linear(8, 6)));
        register_module("layers", _layers);
    }

    public override long LatentSize => 3;

    public override Posterior forward(Tensor input)
    {
        var parts = _layers.forward(input).chunk(2, dim: -1);
        return new DiagonalNormal(parts[0], parts[1].clamp(-4, 4));
    }

    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        var (mean, logVariance) = graph.Layer(_layers, items).Halves(-1);
        return new(mean, logVariance.Clamp(-4, 4));
    }
}

/// <summary>Its decoder, with transposed convolutions.</summary>
internal sealed class NormalisedDecoder : Decoder
{
    private readonly Sequential _layers;
    private readonly ObservationModel _likelihood = ObservationModel.Bernoulli(1, 8, 8);

    public NormalisedDecoder()
        : base(nameof(NormalisedDecoder))
    {
        using var scope = NewDisposeScope();
        _layers = Sequential(
            ("fc", Linear(3, 24)), ("norm1", BatchNorm1d(24)), ("act1", ELU()), ("unflatten", Unflatten(1, [6, 2, 2])),
            ("up1", ConvTranspose2d(6, 4, kernel_size: 4, stride: 2, padding: 1)), ("norm2", BatchNorm2d(4)), ("act2", LeakyReLU(0.1)),
            ("up2", ConvTranspose2d(4, 1, kernel_size: 4, stride: 2, padding: 1)));
        register_module("layers", _layers);
    }

    public override long LatentSize => 3;

    public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

    public override Likelihood forward(Tensor input) => _likelihood.forward(_layers.forward(input));

    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z) => _likelihood.WriteTo(graph, graph.Layer(_layers, z));
}

/// <summary>A prior that does not say how it is exported.</summary>
internal sealed class SilentPrior() : Prior(nameof(SilentPrior))
{
    public override long LatentSize => 3;

    public override Tensor LogProb(Tensor z) => z.square().sum(-1) * -0.5;

    public override Tensor Sample(long count) => randn(count, 3);
}
