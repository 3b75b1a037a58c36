using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.VisualFields;

/// <summary>
/// The encoder of Berchuck, Mukherjee and Medeiros (2019) for pictures of fields: 3×3 convolutions of stride 2 without padding to
/// 32 × 5 × 5 and 64 × 2 × 2, and one linear layer. Where the mask is 0, in the corners and at missing places, it sees the mean of the
/// field's other places, so what stands under the mask is never read.
/// </summary>
public sealed class FieldEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "field-encoder";

    private const long Features = 256;

    // What sensitivities are like, in the picture's unit: 28 ± 5 dB. Convolutions of raw values would first have to learn it.
    private const double Usual = 28 / FieldPictures.Decibels;
    private const double Spread = 5 / FieldPictures.Decibels;

    private readonly FieldCode _code;
    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly DiagonalNormalHead? _normal;

    /// <summary>Makes the encoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="code">Whether it gives a normal posterior, or one vector as the authors'.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="latentSize"/> is below 1, or <paramref name="code"/> none of the
    /// enumeration's values.</exception>
    public FieldEncoder(long latentSize, FieldCode code = FieldCode.Normal)
        : base(nameof(FieldEncoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        OptionRange.RequireKnown(code, nameof(code));
        (LatentSize, _code) = (latentSize, code);
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        _trunk = Sequential(
            ("conv1", Conv2d(1, 32, kernel_size: 3, stride: 2)), ("act1", ReLU()),
            ("conv2", Conv2d(32, 64, kernel_size: 3, stride: 2)), ("act2", ReLU()), ("flatten", Flatten()));
        _normal = code == FieldCode.Normal ? new DiagonalNormalHead(Features, latentSize, new()) : null;
        _head = _normal?.Linear ?? Linear(Features, latentSize);
        register_module("trunk", _trunk);
        register_module("head", _head);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <summary>Whether it gives a normal posterior, or one vector.</summary>
    public FieldCode Code => _code;

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input)
    {
        Shape.RequireItems(input, FieldPictures.ItemShape, nameof(input));
        return EngineError.Of(this, input, nameof(input), () =>
        {
            var features = _trunk.forward(Filled(input.reshape([-1, .. FieldPictures.ItemShape])));
            return _normal is not null ? _normal.Posterior(features) : (Posterior)new PointMass(_head.forward(features));
        });
    }

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        const long cells = FieldLayout.PictureSize * FieldLayout.PictureSize;
        var flat = items.Reshape(NetworkGraph.Batch, 2 * cells);
        var (values, mask) = (flat.Slice(0, cells), flat.Slice(cells, cells));
        var seen = graph.Apply("Where", [mask.Then("Equal", graph.Number(0)), graph.Number(0), values]);
        var mean = (seen.Sum(1) / mask.Sum(1).Then("Max", graph.Number(1))).Unsqueeze(1);
        var standard = (seen + (-mask + 1) * mean + -Usual) * (1 / Spread);
        var picture = standard.Reshape(NetworkGraph.Batch, 1, FieldLayout.PictureSize, FieldLayout.PictureSize);
        var features = graph.Layer(_trunk, picture);
        if (_normal is not null)
            return _normal.WriteTo(graph, features);
        var point = graph.Layer(_head, features);
        return new(point, point * 0 + double.NegativeInfinity);
    }

    /// <summary>The layers' sizes.</summary>
    public override string ToString()
        => $"{nameof(FieldEncoder)} 12 × 12 → 32 × 5 × 5 → 64 × 2 × 2 → {(_code == FieldCode.Normal ? "2×" : "")}{LatentSize}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("latent_size", LatentSize).With("code", _code);

    internal static FieldEncoder From(PartOptions options)
    {
        var latents = options.WholeNumber("latent_size");
        options.RequireWeights(2 * Features, latents);
        return new(latents, options.Choice<FieldCode>("code"));
    }

    // [N, 1, 12, 12] with the mean of what is there in place of what is not.
    private static torch.Tensor Filled(torch.Tensor pictures)
    {
        var mask = pictures.narrow(1, 1, 1);
        var values = pictures.narrow(1, 0, 1).masked_fill(mask.eq(0), 0);
        long[] cells = [1, 2, 3];
        var mean = values.sum(cells, keepdim: true) / mask.sum(cells, keepdim: true).clamp_min(1);
        return (values + (1 - mask) * mean - Usual) / Spread;
    }
}
