using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Boosting;

/// <summary>
/// A convolutional classifier as a function of its weights, which are given with every call as one flat vector: so weights can be points of
/// a posterior. Each convolution is 5×5 and is followed by the maximum over 2×2 and a ReLU, each hidden linear layer by a ReLU.
/// </summary>
public sealed class ClassifierNetwork
{
    private const long Kernel = 5;
    private const long Pool = 2;
    private readonly List<WeightLayer> _layers = [];
    private readonly long[] _itemShape;
    private readonly long[] _sizes;
    private readonly PartDescription _description;

    /// <summary>Makes the network.</summary>
    /// <param name="itemShape">Shape of an image, <c>[C, H, W]</c>.</param>
    /// <param name="channels">Channels of each convolution, at least one.</param>
    /// <param name="widths">Units of each hidden linear layer, at least one.</param>
    /// <param name="classes">Y, classes, at least 2.</param>
    /// <param name="padding">Zeros around the image for the first convolution, at least 0.</param>
    /// <exception cref="ArgumentException">The image is not <c>[C, H, W]</c>, too small for the convolutions,
    /// or there are no channels or widths.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ClassifierNetwork(
        IReadOnlyList<long> itemShape, IReadOnlyList<long> channels, IReadOnlyList<long> widths, long classes = 10, long padding = 0)
    {
        _itemShape = Shape.RequireItemShape(itemShape, nameof(itemShape));
        if (_itemShape.Length != 3)
            throw new ArgumentException($"itemShape is {Shape.Text(_itemShape)}; an image is [C, H, W]", nameof(itemShape));
        Layers.RequireWidths(channels, nameof(channels));
        Layers.RequireWidths(widths, nameof(widths));
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        Classes = classes;
        AddLinear(AddConvolutions(channels, padding), [.. widths, classes]);
        _sizes = [.. _layers.SelectMany(layer => new[] { layer.WeightCount, layer.BiasCount })];
        Size = _sizes.Sum();
        _description = new PartDescription("classifier-network").With("item_shape", _itemShape).With("channels", channels)
            .With("widths", widths).With("classes", classes).With("padding", padding);
    }

    /// <summary>Y, classes.</summary>
    public long Classes { get; }

    /// <summary>D, weights and biases.</summary>
    public long Size { get; }

    /// <summary>
    /// LeNet-5 (LeCun et al. 1998) for 28×28 grey images, with ReLUs and maxima: convolutions of 6 and 16 channels, linear layers of 400,
    /// 120, 84 and Y; 61,706 weights for ten classes.
    /// </summary>
    /// <param name="classes">Y.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 2.</exception>
    public static ClassifierNetwork LeNet5(long classes = 10) => new([1, 28, 28], [6, 16], [120, 84], classes, padding: 2);

    /// <summary>
    /// The wider variant with convolutions of 20 and 50 channels and linear layers of 800, 500 and Y; 431,080 weights for ten classes.
    /// </summary>
    /// <param name="classes">Y.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is below 2.</exception>
    public static ClassifierNetwork WideLeNet(long classes = 10) => new([1, 28, 28], [20, 50], [500], classes);

    /// <summary>Logits under given weights.</summary>
    /// <param name="x">Images <c>[N, C, H, W]</c>, or flat ones <c>[N, C H W]</c>.</param>
    /// <param name="weights">θ, <c>[D]</c>.</param>
    /// <returns><c>[N, Y]</c>.</returns>
    /// <exception cref="ArgumentException">The images or the weights have another size, or one is NaN or infinite; where gradients flow
    /// through the weights, they are not looked at.</exception>
    public torch.Tensor Logits(torch.Tensor x, torch.Tensor weights)
    {
        Shape.RequireFiniteInput(x, nameof(x));
        Shape.RequireFiniteInput(weights, nameof(weights));
        return LogitsOfChecked(x, weights);
    }

    /// <summary>Logits of images and weights that somebody has looked through for NaN already.</summary>
    internal torch.Tensor LogitsOfChecked(torch.Tensor x, torch.Tensor weights)
    {
        using var scope = torch.NewDisposeScope();
        var parts = Parts(weights, nameof(weights));
        return Explained(x, (layer, input) => Apply(layer, input, parts)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A draw of the logits under independent normal weights by local reparameterisation: noise on every layer's outputs, drawn for each
    /// image anew, as if each had weights of its own. Of linear layers that is exact. A convolution's output has the right distribution at
    /// every place, but places that share weights no longer vary together. For training, where its gradients have less noise;
    /// predictions draw weights.
    /// </summary>
    /// <param name="x">Images <c>[N, C, H, W]</c>, or flat ones <c>[N, C H W]</c>.</param>
    /// <param name="means">μ, <c>[D]</c>.</param>
    /// <param name="logVariances">log σ², <c>[D]</c>.</param>
    /// <returns><c>[N, Y]</c>.</returns>
    /// <exception cref="ArgumentException">The images, the means or the variances have another size.</exception>
    public torch.Tensor SampleLogits(torch.Tensor x, torch.Tensor means, torch.Tensor logVariances)
    {
        ArgumentNullException.ThrowIfNull(logVariances);
        using var scope = torch.NewDisposeScope();
        var (meanParts, varianceParts) = (Parts(means, nameof(means)), Parts(logVariances.exp(), nameof(logVariances)));
        torch.Tensor Sample(int layer, torch.Tensor input)
            => LocalReparameterisation.Sample(Apply(layer, input, meanParts), Apply(layer, input.square(), varianceParts));
        return Explained(x, Sample).MoveToOuterDisposeScope();
    }

    /// <summary>Weights to start from: He et al. (2015), normal with variance 2 / inputs; biases 0. From torch's generator.</summary>
    /// <param name="device">Where they are drawn; null for the CPU.</param>
    /// <returns><c>[D]</c>.</returns>
    public torch.Tensor InitialWeights(torch.Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        return torch.cat([.. _layers.SelectMany(layer => layer.Initial(device ?? torch.CPU))]).MoveToOuterDisposeScope();
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(ClassifierNetwork)} {Shape.Text(_itemShape)} → {Classes} classes, {Size} weights";

    /// <summary>How the network is made again.</summary>
    internal PartDescription Describe() => _description;

    /// <summary>The network of a description.</summary>
    internal static ClassifierNetwork From(PartOptions options)
    {
        var (channels, widths, classes)
            = (options.WholeNumbers("channels"), options.WholeNumbers("widths"), options.WholeNumber("classes"));
        options.RequireDense(1, widths, classes);
        options.RequireDense(1, channels);
        return new(options.WholeNumbers("item_shape"), channels, widths, classes, options.WholeNumber("padding"));
    }

    /// <summary>Requires labels that there is an output for.</summary>
    internal void RequireLabels(IEnumerable<long> labels, string name)
    {
        if (labels.Where(label => label < 0 || label >= Classes).Take(1).ToArray() is [var label])
            throw new ArgumentException($"a label is {label}; the network's {Classes} classes are numbered from 0", name);
    }

    private torch.Tensor Explained(torch.Tensor x, Func<int, torch.Tensor, torch.Tensor> apply)
    {
        ArgumentNullException.ThrowIfNull(x);
        return EngineError.In(x, () => nameof(ClassifierNetwork), () => Run(x, apply));
    }

    private torch.Tensor Run(torch.Tensor x, Func<int, torch.Tensor, torch.Tensor> apply)
    {
        var features = Shape.Flat(x, _itemShape, nameof(x)).reshape(-1, _itemShape[0], _itemShape[1], _itemShape[2]);
        for (var i = 0; i < _layers.Count - 1; i++)
        {
            // The maximum first: it commutes with the ReLU, which then has a quarter of the values.
            var outputs = apply(i, features);
            features = functional.relu(_layers[i].IsConvolution ? functional.max_pool2d(outputs, Pool) : outputs);
        }
        return apply(_layers.Count - 1, features);
    }

    private torch.Tensor Apply(int layer, torch.Tensor input, torch.Tensor[] parts)
        => _layers[layer].Apply(input, parts[2 * layer], parts[2 * layer + 1]);

    // One split for all layers: its gradient is one concatenation.
    private torch.Tensor[] Parts(torch.Tensor weights, string name)
    {
        ArgumentNullException.ThrowIfNull(weights, name);
        if (weights.Dimensions != 1 || weights.shape[0] != Size)
            throw new ArgumentException($"{name} has shape {Shape.Text(weights)}; it must be [{Size}]", name);
        return weights.split(_sizes, 0L);
    }

    // Returns the number of values that the last convolution leaves.
    private long AddConvolutions(IReadOnlyList<long> channels, long padding)
    {
        var (inputs, height, width) = (_itemShape[0], _itemShape[1] + 2 * padding, _itemShape[2] + 2 * padding);
        foreach (var outputs in channels)
        {
            _layers.Add(new([outputs, inputs, Kernel, Kernel], _layers.Count == 0 ? padding : 0));
            (inputs, height, width) = (outputs, (height - Kernel + 1) / Pool, (width - Kernel + 1) / Pool);
            if (height < 1 || width < 1)
                throw new ArgumentException($"itemShape is {Shape.Text(_itemShape)}; that is too small for {channels.Count} "
                    + "convolutions, each of which takes 4 and halves", nameof(channels));
        }
        return inputs * height * width;
    }

    private void AddLinear(long inputs, IEnumerable<long> widths)
    {
        foreach (var width in widths)
        {
            _layers.Add(new([width, inputs]));
            inputs = width;
        }
    }
}
