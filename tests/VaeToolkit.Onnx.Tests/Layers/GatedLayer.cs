using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Onnx.Tests.Layers;

/// <summary>A layer as a user writes it, that says how it is exported.</summary>
internal sealed class GatedLayer : Module<Tensor, Tensor>, IGraphLayer
{
    private readonly Linear _value;
    private readonly Linear _gate;

    public GatedLayer(long inputs, long outputs)
        : base(nameof(GatedLayer))
    {
        (_value, _gate) = (Linear(inputs, outputs), Linear(inputs, outputs));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _value.forward(input).tanh() * _gate.forward(input).sigmoid();

    public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
        => graph.Layer(_value, input).Tanh() * graph.Layer(_gate, input).Sigmoid();
}
