using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Archetypes;

/// <summary>
/// An encoder into the simplex of k archetypes (Keller et al. 2019): x → trunk → three linear heads. Head <c>weights</c> gives A by a
/// softmax over archetypes, and with it the mean μ = A Z; head <c>scale</c> gives σ by softplus; head <c>mixing</c> gives the logits of
/// B, of which an archetype is mixed from a batch's items. As an <see cref="Encoder"/> it gives q(t|x) = N(t; μ, diag σ²).
/// </summary>
public sealed class ArchetypeEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "archetype-encoder";

    // A tenth of the distance of a vertex from the centre: larger, samples begin outside of the simplex and means can tell the decoder
    // little.
    private const double InitialScale = 0.1;

    // log softplus(a) is a − e^a / 2 + …, and below this a in any type, where softplus itself comes to be 0.
    private const double LinearBelow = -37;

    private readonly double[] _vertices;
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _trunk;
    private readonly Linear _weights;
    private readonly Linear _mixing;
    private readonly Linear _scale;
    private readonly LogVarianceRange? _range;
    private readonly long _features;

    /// <summary>
    /// Makes an encoder with a trunk of one's own and PyTorch's initial weights for the heads; σ starts at about 0.1 for items of size
    /// one.
    /// </summary>
    /// <param name="trunk">From items <c>[N, *item]</c> to features <c>[N, F]</c>; the encoder owns it from now on. To be saved it is an
    /// <see cref="IDescribedPart"/>.</param>
    /// <param name="features">F, at least 1.</param>
    /// <param name="archetypes">k, at least 2.</param>
    /// <param name="logVariance">The range of log σ², or null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">The range is empty.</exception>
    public ArchetypeEncoder(
        torch.nn.Module<torch.Tensor, torch.Tensor> trunk, long features, int archetypes, LogVarianceRange? logVariance)
        : base(nameof(ArchetypeEncoder))
    {
        ArgumentNullException.ThrowIfNull(trunk);
        Shape.RequirePositive(features, "the number of features", nameof(features));
        Simplex = new ArchetypeSimplex(archetypes);
        (_trunk, _features, _range) = (trunk, features, logVariance?.Validated(nameof(logVariance)));
        (_weights, _mixing) = (torch.nn.Linear(features, archetypes), torch.nn.Linear(features, archetypes));
        _scale = torch.nn.Linear(features, Simplex.Dimension);
        register_module("trunk", trunk);
        register_module("weights", _weights);
        register_module("mixing", _mixing);
        register_module("scale", _scale);
        using var scope = torch.NewDisposeScope();
        using (torch.no_grad())
            _scale.bias!.fill_(Math.Log(Math.Exp(InitialScale) - 1));
        var vertices = Simplex.Vertices();
        _vertices = [.. vertices.Cast<double>()];
        this.RegisterBuffer("vertices", torch.tensor(vertices, device: torch.CPU).to(torch.float32));
    }

    /// <summary>The simplex.</summary>
    public ArchetypeSimplex Simplex { get; }

    /// <summary>Number of latent features M = k − 1.</summary>
    public override long LatentSize => Simplex.Dimension;

    /// <summary>Z, <c>[k, M]</c>, in the type and on the device of the weights: the module's own.</summary>
    internal torch.Tensor Vertices => this.ExactBuffer("vertices", _vertices);

    /// <summary>An encoder with a fully connected trunk.</summary>
    /// <param name="inputSize">Values in an item, D.</param>
    /// <param name="archetypes">k, at least 2.</param>
    /// <param name="hidden">Widths of the hidden layers, at least one.</param>
    /// <param name="options">Activation and log-variance range; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">There is no hidden layer, or one has no units, or the range is empty.</exception>
    public static ArchetypeEncoder Mlp(
        long inputSize, int archetypes, IReadOnlyList<long> hidden, EncoderOptions? options = null)
    {
        options ??= new();
        return new(new DenseTrunk(inputSize, hidden, options.Activation), hidden[^1], archetypes, options.LogVariance);
    }

    /// <summary>An encoder for pictures: 4×4 convolutions of stride 2, each halving height and width, and one hidden layer.</summary>
    /// <param name="itemShape">Shape of a picture, <c>[C, H, W]</c>.</param>
    /// <param name="archetypes">k, at least 2.</param>
    /// <param name="channels">Channels of each convolution; default 32 and 64.</param>
    /// <param name="hidden">Width of the hidden layer; default 128.</param>
    /// <param name="options">Activation and log-variance range; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">Height or width cannot be halved once a layer, or a list is empty.</exception>
    public static ArchetypeEncoder Convolutional(
        IReadOnlyList<long> itemShape, int archetypes, IReadOnlyList<long>? channels = null, long hidden = 128,
        EncoderOptions? options = null)
    {
        options ??= new();
        return new(
            new ConvTrunk(itemShape, channels ?? [32, 64], hidden, options.Activation), hidden, archetypes, options.LogVariance);
    }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input) => Read(input).Posterior;

    /// <summary>A, the logits of B, and q(t|x) of a batch.</summary>
    /// <param name="input">Items <c>[N, *item]</c>.</param>
    /// <exception cref="ArgumentException">The items have another size than the trunk takes.</exception>
    public ArchetypeReading Read(torch.Tensor input) => EngineError.Of(this, input, nameof(input), () =>
    {
        var features = _trunk.call(input);
        if (features.Dimensions != 2 || features.shape[1] != _features)
            throw new ArgumentException(
                $"the trunk {_trunk.GetName()} gives {Shape.Text(features)} for items {Shape.Text(input)}; it must be "
                + $"[N, {_features}]", nameof(input));
        var weights = _weights.forward(features).softmax(-1);
        var raw = _scale.forward(features);
        var kept = raw.clamp_min(LinearBelow);
        var logVariance = (torch.nn.functional.softplus(kept).log() + (raw - kept)) * 2;
        return new ArchetypeReading(
            weights, _mixing.forward(features),
            new(weights.mm(Vertices), _range is { } range ? logVariance.clamp(range.Minimum, range.Maximum) : logVariance));
    });

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        return Write(graph, items).Posterior;
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(ArchetypeEncoder)} {_trunk} → {Simplex.Count} archetypes";

    internal (GraphValue Weights, PosteriorGraph Posterior) Write(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var features = graph.Layer(_trunk, items);
        var weights = graph.Layer(_weights, features).Softmax(-1);
        var raw = graph.Layer(_scale, features);
        var kept = raw.Then("Max", graph.Number(LinearBelow));
        var logVariance = (kept.Then("Softplus").Then("Log") + (raw - kept)) * 2;
        return (weights, new(weights.Then("MatMul", graph.Constant(Vertices)), logVariance.Clamp(_range)));
    }

    /// <inheritdoc/>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        this.MakeExact("vertices", _vertices);
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("trunk", _trunk).With("features", _features)
        .With("archetypes", Simplex.Count).With("log_variance", _range);

    internal static ArchetypeEncoder From(PartOptions options)
    {
        var (features, archetypes) = (options.WholeNumber("features"), options.Count("archetypes"));
        options.RequireWeights(features, archetypes, 2);
        options.RequireWeights(archetypes - 1, archetypes);
        return new(
            options.Part<torch.nn.Module<torch.Tensor, torch.Tensor>>("trunk"), features, archetypes, options.Range("log_variance"));
    }
}
