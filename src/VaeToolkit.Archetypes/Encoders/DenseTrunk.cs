using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Archetypes;

/// <summary>Hidden layers that are fully connected, each with its activation.</summary>
internal sealed class DenseTrunk : torch.nn.Module<torch.Tensor, torch.Tensor>, IGraphLayer, IDescribedPart
{
    internal const string PartName = "archetype-dense-trunk";

    private readonly Sequential _layers;
    private readonly long _inputSize;
    private readonly string _widths;
    private readonly PartDescription _description;

    public DenseTrunk(long inputSize, IReadOnlyList<long> hidden, Activation activation)
        : base(nameof(DenseTrunk))
    {
        Shape.RequirePositive(inputSize, "the input size", nameof(inputSize));
        Networks.Layers.RequireWidths(hidden, nameof(hidden));
        (_inputSize, _widths) = (inputSize, $"{inputSize} → {string.Join(" → ", hidden)}");
        _layers = Networks.Layers.Dense(inputSize, hidden, activation);
        register_module("layers", _layers);
        _description = new PartDescription(PartName).With("input_size", inputSize).With("hidden", hidden).With("activation", activation);
    }

    public override torch.Tensor forward(torch.Tensor input) => _layers.forward(Shape.Flat(input, _inputSize, nameof(input)));

    public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return graph.Layer(_layers, input.Reshape(NetworkGraph.Batch, _inputSize));
    }

    public override string ToString() => _widths;

    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => _description;

    internal static DenseTrunk From(PartOptions options)
    {
        var (inputs, hidden) = (options.WholeNumber("input_size"), options.WholeNumbers("hidden"));
        options.RequireDense(inputs, hidden, 1);
        return new(inputs, hidden, options.Choice<Activation>("activation"));
    }
}
