using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>A module with a parameter, two buffers (one of them temporary) and two sub-modules, registered by hand.</summary>
internal sealed class Parts : Module<Tensor, Tensor>
{
    private readonly Linear _first = Linear(2, 2);
    private readonly Sequential _trunk = Sequential(("in", Linear(2, 3)), ("act", Tanh()), ("out", Linear(3, 2)));
    private readonly Parameter _scale = new(ones(1));

    public Parts()
        : base(nameof(Parts))
    {
        register_buffer("mean", zeros(2));
        register_buffer("scratch", zeros(1), persistent: false);
        register_module("first", _first);
        register_module("trunk", _trunk);
        register_parameter("scale", _scale);
    }

    public override Tensor forward(Tensor input) => _trunk.forward(_first.forward(input));

    protected override void RegisterComponents()
    {
    }
}
