using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Boosting;

/// <summary>
/// Restarts of one component, optimised side by side: R candidates whose parameters do not depend on each other. What a component is made
/// from (free means and deviations, a pseudo-input that goes through an encoder) is all that differs between
/// boosting a posterior and boosting a prior.
/// </summary>
public abstract class CandidateBatch : IDisposable
{
    /// <summary>What is optimised; the first axis of each is R.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The R candidates as distributions, differentiable in <see cref="Parameters"/>.</summary>
    public abstract NormalComponents Components();

    /// <summary>Releases the parameters.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A parameter with a copy of the values, which no dispose scope owns.</summary>
    private protected static Parameter Own(torch.Tensor values)
    {
        var parameter = values.contiguous().clone().AsParameter();
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
