using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.SemiSupervised;

/// <summary>A fully connected p(x|y,z): W_z z + W_y y + b → hidden layers → the parameters of a likelihood (Kingma et al.
/// 2014).</summary>
public sealed class MlpConditionalDecoder : ConditionalDecoder, IDescribedPart
{
    internal const string PartName = "mlp-conditional-decoder";

    private readonly JointLayer _joint;
    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly ObservationModel _likelihood;
    private readonly long[] _rawShape;
    private readonly string _layers;
    private readonly PartDescription _options;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="labelSize">Width of a label row, Y.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="likelihood">The likelihood of the items, such as <c>ObservationModel.Bernoulli(784)</c>.</param>
    /// <param name="options">Activation; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="hidden"/> is empty or has a width below 1.</exception>
    public MlpConditionalDecoder(
        long latentSize, long labelSize, IReadOnlyList<long> hidden, ObservationModel likelihood, DecoderOptions? options = null)
        : base(nameof(MlpConditionalDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(labelSize, "the label size", nameof(labelSize));
        Layers.RequireWidths(hidden, nameof(hidden));
        ArgumentNullException.ThrowIfNull(likelihood);
        options ??= new();
        (LatentSize, LabelSize, _likelihood) = (latentSize, labelSize, likelihood);
        _rawShape = [likelihood.ItemShape[0] * likelihood.ParametersPerValue, .. likelihood.ItemShape.Skip(1)];
        _joint = new JointLayer(latentSize, labelSize, hidden[0]);
        _trunk = ConditionalTrunk.After(hidden, options.Activation);
        _head = torch.nn.Linear(hidden[^1], Shape.Size(_rawShape));
        _layers = $"{latentSize} + {labelSize} → {string.Join(" → ", hidden)} → {likelihood}";
        register_module("latents", _joint.Inputs);
        register_module("labels", _joint.Labels);
        register_module("trunk", _trunk);
        register_module("head", _head);
        register_module("likelihood", likelihood);
        _options = new PartDescription(PartName).With("latent_size", latentSize).With("label_size", labelSize).With("hidden", hidden)
            .With("activation", options.Activation).With("precision", options.Precision).AsUsage("precision");
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override long LabelSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _likelihood.ItemShape;

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input1, torch.Tensor input2)
    {
        var batch = new LatentBatch(input1, LatentSize, nameof(input1));
        ArgumentNullException.ThrowIfNull(input2);
        var fits = input2.Dimensions is 2 or 3 && input2.shape[^1] == LabelSize
            && input1.shape[..^1].TakeLast((int)input2.Dimensions - 1).SequenceEqual(input2.shape[..^1]);
        if (!fits)
            throw new ArgumentException($"the label rows have shape {Shape.Text(input2)}, the latent vectors "
                + $"{Shape.Text(input1)}; they must be [N, {LabelSize}] or [K, N, {LabelSize}] for the same N and K", nameof(input2));
        return EngineError.Of(this, input1, nameof(input1), () =>
        {
            var hidden = _trunk.forward(_joint.Forward(input1, input2));
            return _likelihood.forward(batch.Restore(_head.forward(hidden), _rawShape));
        });
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z, GraphValue labels)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        ArgumentNullException.ThrowIfNull(labels);
        var raw = graph.Layer(_head, graph.Layer(_trunk, _joint.WriteTo(graph, z, labels)));
        return _likelihood.WriteTo(graph, raw.Reshape([NetworkGraph.Batch, .. _rawShape]));
    }

    /// <summary>The layers' widths and the likelihood.</summary>
    public override string ToString() => $"{nameof(MlpConditionalDecoder)} {_layers}";

    PartDescription IDescribedPart.Describe() => _options.With("likelihood", _likelihood);

    internal static MlpConditionalDecoder From(PartOptions options)
    {
        var (latents, labels) = (options.WholeNumber("latent_size"), options.WholeNumber("label_size"));
        var (hidden, likelihood) = (options.WholeNumbers("hidden"), options.Part<ObservationModel>("likelihood"));
        options.RequireDense(latents, hidden, [likelihood.ParametersPerValue, .. likelihood.ItemShape]);
        options.RequireWeights(labels, hidden.Count == 0 ? 0 : hidden[0]);
        return new(latents, labels, hidden, likelihood, new()
        {
            Activation = options.Choice<Activation>("activation"),
            Precision = options.Choice<MatrixPrecision>("precision"),
        });
    }
}
