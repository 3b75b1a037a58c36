using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A convolutional classifier for pictures: two 3×3 convolutions with C and 2 C channels, each halved by max pooling,
/// a hidden layer of 128 with dropout, and logits.
/// </summary>
public sealed class ConvClassifier : Module<torch.Tensor, torch.Tensor>, IGraphLayer, IDescribedPart
{
    internal const string PartName = "conv-classifier";

    private readonly Sequential _layers;
    private readonly long[] _itemShape;
    private readonly string _sizes;
    private readonly PartDescription _description;

    /// <summary>Makes the classifier with PyTorch's initial weights.</summary>
    /// <param name="itemShape">Shape of a picture, <c>[C, H, W]</c>, with H and W divisible by 4.</param>
    /// <param name="classes">Logits: the number of classes, or the width of a label's row.</param>
    /// <param name="channels">C, channels of the first convolution; default 32.</param>
    /// <param name="dropout">Share of the hidden layer that is left out while training, in [0, 1); default 0.3.</param>
    /// <exception cref="ArgumentException">The shape is not that of a picture whose sides can be halved twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ConvClassifier(IReadOnlyList<long> itemShape, long classes, long channels = 32, double dropout = 0.3)
        : base(nameof(ConvClassifier))
    {
        _itemShape = Shape.RequireItemShape(itemShape, nameof(itemShape));
        if (_itemShape.Length != 3 || _itemShape[1] % 4 != 0 || _itemShape[2] % 4 != 0)
            throw new ArgumentException(
                $"itemShape is {Shape.Text(_itemShape)}; it must be [C, H, W] with H and W divisible by 4", nameof(itemShape));
        Shape.RequirePositive(classes, "the number of classes", nameof(classes));
        Shape.RequirePositive(channels, "the number of channels", nameof(channels));
        if (!(dropout is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "the share left out must be in [0, 1)");
        _sizes = $"{Shape.Text(_itemShape)} → {channels} → {2 * channels} channels → 128 → {classes}";
        // A convolution of TorchSharp leaves a tensor to the finalizer where there is no scope.
        using var scope = torch.NewDisposeScope();
        // The largest of four is the same before and after a rectifier, which then has a quarter to do.
        _layers = Sequential(
            ("conv1", Conv2d(_itemShape[0], channels, kernel_size: 3, padding: 1)),
            ("pool1", MaxPool2d(2)),
            ("act1", ReLU()),
            ("conv2", Conv2d(channels, 2 * channels, kernel_size: 3, padding: 1)),
            ("pool2", MaxPool2d(2)),
            ("act2", ReLU()),
            ("flatten", Flatten()),
            ("fc", Linear(2 * channels * (_itemShape[1] / 4) * (_itemShape[2] / 4), 128)),
            ("act3", ReLU()),
            ("dropout", new ItemDropout(dropout)),
            ("head", Linear(128, classes)));
        register_module("layers", _layers);
        _description = new PartDescription(PartName).With("item_shape", _itemShape).With("classes", classes).With("channels", channels)
            .With("dropout", dropout).AsUsage("dropout");
    }

    /// <summary>The logits, <c>[N, Y]</c>.</summary>
    /// <param name="input">Pictures <c>[N, C, H, W]</c>, or flat ones <c>[N, D]</c>.</param>
    /// <exception cref="ArgumentException">The pictures have another size.</exception>
    public override torch.Tensor forward(torch.Tensor input)
    {
        var pictures = Shape.Flat(input, _itemShape, nameof(input)).reshape([-1, .. _itemShape]);
        return EngineError.Of(this, pictures, nameof(input), () => _layers.forward(pictures));
    }

    /// <inheritdoc/>
    public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return graph.Layer(_layers, input.Reshape([NetworkGraph.Batch, .. _itemShape]));
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(ConvClassifier)} {_sizes}";

    /// <summary>Registers nothing: the layers are registered by name.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => _description;

    internal static ConvClassifier From(PartOptions options)
    {
        var (item, classes, channels)
            = (options.WholeNumbers("item_shape"), options.WholeNumber("classes"), options.WholeNumber("channels"));
        Shape.RequireItemShape(item, "item_shape");
        // The hidden layer of 128 sees 2 C channels of a sixteenth of the pixels.
        options.RequireWeights([16, channels, .. item.Skip(1)]);
        options.RequireWeights(9, channels, item[0]);
        options.RequireWeights(18, channels, channels);
        options.RequireWeights(128, classes);
        return new(item, classes, channels, options.Number("dropout"));
    }
}
