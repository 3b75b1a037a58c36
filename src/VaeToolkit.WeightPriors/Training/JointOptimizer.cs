using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.WeightPriors;

/// <summary>Several optimisers that step together, each with settings of its own.</summary>
internal sealed class JointOptimizer(IReadOnlyList<torch.optim.Optimizer> parts) : torch.optim.Optimizer(IntPtr.Zero)
{
    public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => parts.SelectMany(part => part.ParamGroups);

    public override IEnumerable<Parameter> parameters() => parts.SelectMany(part => part.parameters());

    public override void zero_grad()
    {
        foreach (var part in parts)
            part.zero_grad();
    }

    public override torch.Tensor step(Func<torch.Tensor>? closure = null)
    {
        var loss = closure?.Invoke();
        foreach (var part in parts)
            part.step();
        return loss!;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        foreach (var part in parts)
            part.Dispose();
    }
}
