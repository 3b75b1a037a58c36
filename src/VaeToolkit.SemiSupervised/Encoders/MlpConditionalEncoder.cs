using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A fully connected q(z|x,y): W_x x + W_y y + b → hidden layers → (μ, log σ²) of a diagonal normal posterior (Kingma et al. 2014).
/// Items of any shape are flattened.
/// </summary>
public sealed class MlpConditionalEncoder : ConditionalEncoder, IDescribedPart
{
    internal const string PartName = "mlp-conditional-encoder";

    private readonly JointLayer _joint;
    private readonly Sequential _trunk;
    private readonly DiagonalNormalHead _head;
    private readonly long _inputSize;
    private readonly string _layers;
    private readonly PartDescription _description;

    /// <summary>Makes the encoder with PyTorch's initial weights.</summary>
    /// <param name="inputSize">Values in an item, D.</param>
    /// <param name="labelSize">Width of a label row, Y.</param>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="options">Activation and log-variance range; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="hidden"/> is empty or has a width below 1,
    /// or the log-variance range is empty.</exception>
    public MlpConditionalEncoder(
        long inputSize, long labelSize, long latentSize, IReadOnlyList<long> hidden, EncoderOptions? options = null)
        : base(nameof(MlpConditionalEncoder))
    {
        Shape.RequirePositive(inputSize, "the input size", nameof(inputSize));
        Shape.RequirePositive(labelSize, "the label size", nameof(labelSize));
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Layers.RequireWidths(hidden, nameof(hidden));
        options ??= new();
        (_inputSize, LabelSize, LatentSize) = (inputSize, labelSize, latentSize);
        _joint = new JointLayer(inputSize, labelSize, hidden[0]);
        _trunk = ConditionalTrunk.After(hidden, options.Activation);
        _head = new DiagonalNormalHead(hidden[^1], latentSize, options.LogVariance);
        register_module("items", _joint.Inputs);
        register_module("labels", _joint.Labels);
        register_module("trunk", _trunk);
        register_module("head", _head.Linear);
        _layers = $"{inputSize} + {labelSize} → {string.Join(" → ", hidden)} → 2×{latentSize}";
        _description = new PartDescription(PartName).With("input_size", inputSize).With("label_size", labelSize)
            .With("latent_size", latentSize).With("hidden", hidden).With("activation", options.Activation)
            .With("precision", options.Precision).With("log_variance", options.LogVariance).AsUsage("precision");
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override long LabelSize { get; }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input1, torch.Tensor input2)
    {
        var items = Shape.Flat(input1, _inputSize, nameof(input1));
        LabelRows.Require(input2, items.shape[0], LabelSize, nameof(input2));
        return EngineError.Of(
            this, items, nameof(input1), () => _head.Posterior(_trunk.forward(_joint.Forward(items, input2))));
    }

    /// <inheritdoc/>
    /// <remarks>The first layer's product with the items is computed once for all labels.</remarks>
    public override Posterior ForEach(torch.Tensor x, torch.Tensor labels)
    {
        var items = Shape.Flat(x, _inputSize, nameof(x));
        LabelRows.Require(labels, LabelSize, nameof(labels));
        return EngineError.Of(this, items, nameof(x), () => _head.Posterior(
            _trunk.forward(_joint.Forward(items, labels.unsqueeze(1)).flatten(0, 1))));
    }

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items, GraphValue labels)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(labels);
        var joint = _joint.WriteTo(graph, items.Reshape(NetworkGraph.Batch, _inputSize), labels);
        return _head.WriteTo(graph, graph.Layer(_trunk, joint));
    }

    /// <summary>The layers' widths.</summary>
    public override string ToString() => $"{nameof(MlpConditionalEncoder)} {_layers}";

    PartDescription IDescribedPart.Describe() => _description;

    internal static MlpConditionalEncoder From(PartOptions options)
    {
        var (inputs, labels) = (options.WholeNumber("input_size"), options.WholeNumber("label_size"));
        var (latents, hidden) = (options.WholeNumber("latent_size"), options.WholeNumbers("hidden"));
        options.RequireDense(inputs, hidden, latents);
        options.RequireWeights(labels, hidden.Count == 0 ? 0 : hidden[0]);
        return new(inputs, labels, latents, hidden, new()
        {
            Activation = options.Choice<Activation>("activation"),
            Precision = options.Choice<MatrixPrecision>("precision"),
            LogVariance = options.Range("log_variance"),
        });
    }
}
