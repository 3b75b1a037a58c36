using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// p(t|x), independent over the factors: Bernoulli for two levels, categorical for more, from a network of the covariates (eq.
/// 11 of Beaulac et al. 2018).
/// </summary>
internal sealed class TreatmentHead : torch.nn.Module
{
    private readonly Sequential _trunk;
    private readonly Linear _head;
    private readonly string _sizes;
    private readonly long[] _widths;

    public TreatmentHead(TreatmentSet treatments, long inputs, IReadOnlyList<long> hidden, Activation activation)
        : base(nameof(TreatmentHead))
    {
        _widths = [.. treatments.Factors.Select(factor => factor.Levels.Count - 1L)];
        _sizes = $"{inputs} → {string.Join(" → ", hidden)} → {treatments.CodeWidth}";
        _trunk = Layers.Dense(inputs, hidden, activation);
        _head = torch.nn.Linear(hidden[^1], treatments.CodeWidth);
        register_module("trunk", _trunk);
        register_module("head", _head);
    }

    /// <summary>ln p(t|x) in nats, <c>[N]</c>; the first level of every factor has logit 0.</summary>
    /// <param name="view">The covariates as encoders see them, <c>[N, V]</c>.</param>
    /// <param name="code">The treatments' code, <c>[N, K]</c>.</param>
    public torch.Tensor LogProb(torch.Tensor view, torch.Tensor code)
    {
        var logits = _head.forward(_trunk.forward(view));
        var chosen = (logits * code).sum(-1);
        var start = 0L;
        foreach (var width in _widths)
        {
            var part = logits.narrow(-1, start, width);
            chosen = chosen - (width == 1 ? part.squeeze(-1).softplus(1, CovariateLikelihood.LinearFrom)
                : torch.cat([torch.zeros_like(part.narrow(-1, 0, 1)), part], dim: -1).logsumexp(-1));
            start += width;
        }
        return chosen;
    }

    /// <summary>The layers' widths.</summary>
    public override string ToString() => $"{nameof(TreatmentHead)} {_sizes}";

    protected override void RegisterComponents()
    {
    }
}
