using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Molecules;

/// <summary>A network that says properties of an item by its latent vector: hidden layers with dropout, and one linear layer.</summary>
public sealed class PropertyNetwork : Module<torch.Tensor, torch.Tensor>, IDescribedPart
{
    internal const string PartName = "property-network";

    private readonly PropertyNetworkOptions _options;
    private readonly Linear[] _layers;
    private readonly Module<torch.Tensor, torch.Tensor> _activation;

    /// <summary>Makes the network with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features Z, at least 1.</param>
    /// <param name="properties">Properties P, at least 1.</param>
    /// <param name="options">Widths and dropout; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">There is no hidden layer, or one without units.</exception>
    public PropertyNetwork(long latentSize, int properties, PropertyNetworkOptions? options = null)
        : base(nameof(PropertyNetwork))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        Shape.RequirePositive(properties, "the number of properties", nameof(properties));
        _options = (options ?? new()).Validated();
        (LatentSize, PropertyCount) = (latentSize, properties);
        long[] widths = [latentSize, .. _options.Hidden, properties];
        _layers = [.. widths.Zip(widths.Skip(1), (inputs, outputs) => Linear(inputs, outputs))];
        _activation = Layers.Create(_options.Activation);
        for (var i = 0; i < _layers.Length; i++)
            register_module($"fc{i + 1}", _layers[i]);
        register_module("act", _activation);
    }

    /// <summary>Latent features Z.</summary>
    public long LatentSize { get; }

    /// <summary>Properties P.</summary>
    public int PropertyCount { get; }

    /// <summary>The properties, standardised, <c>[..., P]</c>; with dropout in training mode.</summary>
    /// <param name="input">Latent vectors <c>[..., Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size.</exception>
    public override torch.Tensor forward(torch.Tensor input) => Pass(input, training && _options.Dropout > 0);

    /// <summary>The sizes.</summary>
    public override string ToString()
        => $"{nameof(PropertyNetwork)} {LatentSize} → {string.Join(" → ", _options.Hidden)} → {PropertyCount}";

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName)
        .With("latent_size", LatentSize).With("properties", PropertyCount).With("hidden", _options.Hidden)
        .With("activation", _options.Activation).With("dropout", _options.Dropout).AsUsage("dropout");

    internal static PropertyNetwork From(PartOptions options)
    {
        var (latents, properties) = (options.WholeNumber("latent_size"), options.Count("properties"));
        var hidden = options.WholeNumbers("hidden");
        options.RequireDense(latents, hidden, properties);
        return new(latents, properties, new()
        {
            Hidden = hidden,
            Activation = options.Choice<Activation>("activation"),
            Dropout = options.Number("dropout"),
        });
    }

    /// <summary>Registers nothing beyond the layers; see <see cref="Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>The same without dropout in either mode.</summary>
    internal torch.Tensor WithoutDropout(torch.Tensor input) => Pass(input, drops: false);

    private torch.Tensor Pass(torch.Tensor input, bool drops)
    {
        ArgumentNullException.ThrowIfNull(input);
        Shape.RequireLastAxis(input, LatentSize, "the latent size", nameof(input));
        return EngineError.Of(this, input, nameof(input), () =>
        {
            var features = input;
            foreach (var layer in _layers[..^1])
            {
                features = _activation.forward(layer.forward(features));
                features = drops ? Dropped(features) : features;
            }
            return _layers[^1].forward(features);
        });
    }

    // Torch's own dropout draws from a generator that threads share.
    private torch.Tensor Dropped(torch.Tensor features)
        => features * (NoiseSource.Uniform(features.shape, features, itemAxis: 0) >= _options.Dropout) / (1 - _options.Dropout);
}
