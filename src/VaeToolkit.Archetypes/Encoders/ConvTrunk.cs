using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Archetypes;

/// <summary>Convolutions of stride 2, each halving height and width, and one hidden layer.</summary>
internal sealed class ConvTrunk : torch.nn.Module<torch.Tensor, torch.Tensor>, IGraphLayer, IDescribedPart
{
    internal const string PartName = "archetype-conv-trunk";

    private readonly Sequential _layers;
    private readonly long[] _itemShape;
    private readonly string _sizes;
    private readonly PartDescription _description;

    public ConvTrunk(IReadOnlyList<long> itemShape, IReadOnlyList<long> channels, long hidden, Activation activation)
        : base(nameof(ConvTrunk))
    {
        _itemShape = RequireHalves(itemShape, channels);
        Shape.RequirePositive(hidden, "the width of the hidden layer", nameof(hidden));
        _sizes = $"{Shape.Text(_itemShape)} → {string.Join(" → ", channels)} channels → {hidden}";
        _layers = Networks.Layers.Convolutional(_itemShape, channels, hidden, activation);
        register_module("layers", _layers);
        _description = new PartDescription(PartName).With("item_shape", itemShape).With("channels", channels).With("hidden", hidden)
            .With("activation", activation);
    }

    public override torch.Tensor forward(torch.Tensor input)
    {
        Shape.RequireItems(input, _itemShape, nameof(input));
        return _layers.forward(input.reshape([-1, .. _itemShape]));
    }

    public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return graph.Layer(_layers, input.Reshape([NetworkGraph.Batch, .. _itemShape]));
    }

    public override string ToString() => _sizes;

    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => _description;

    internal static ConvTrunk From(PartOptions options)
    {
        var (item, channels) = (options.WholeNumbers("item_shape"), options.WholeNumbers("channels"));
        var hidden = options.WholeNumber("hidden");
        var shape = RequireHalves(item, channels);
        options.RequireWeights(hidden, channels[^1], shape[1] >> channels.Count, shape[2] >> channels.Count);
        for (var k = 0; k < channels.Count; k++)
            options.RequireWeights(k == 0 ? shape[0] : channels[k - 1], channels[k], 16);
        return new(item, channels, hidden, options.Choice<Activation>("activation"));
    }

    private static long[] RequireHalves(IReadOnlyList<long> itemShape, IReadOnlyList<long> channels)
    {
        Networks.Layers.RequireWidths(channels, nameof(channels));
        var item = Shape.RequireItemShape(itemShape, nameof(itemShape));
        // Sixteen halvings are more than any picture has.
        var factor = 1L << Math.Min(channels.Count, 16);
        return item.Length == 3 && item[1] % factor == 0 && item[2] % factor == 0
            ? item
            : throw new ArgumentException(
                $"itemShape is {Shape.Text(item)}; {channels.Count} convolutions need [C, H, W] with H and W divisible by {factor}",
                nameof(itemShape));
    }
}
