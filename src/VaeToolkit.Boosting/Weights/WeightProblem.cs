using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>
/// The weights of a mixture's M components and a new one, judged on common samples: S_k of every component, drawn once, with log p at each
/// and the log-density of each under every component. So bounds of different weights differ by the weights alone. With v the weights and
/// z_ks the samples, F(v) = Σ_k v_k mean_s[log p(z_ks) − log q_v(z_ks)].
/// </summary>
internal sealed class WeightProblem(BoostingTarget target, NormalMixture current, NormalComponents component, int samples) : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private int[]? _starts;
    private torch.Tensor? _ratios;
    private torch.Tensor? _largest;
    private torch.Tensor? _logTarget;

    internal BoostingTarget Target { get; } = target;

    internal NormalMixture Current { get; } = current;

    internal NormalComponents Component { get; } = component;

    internal int Samples { get; } = samples;

    /// <summary>The mixture's components, and the new one at the end.</summary>
    internal NormalComponents All { get; } = current.Components.Append(component);

    /// <summary>The weights of (1 − α) q_t + α h.</summary>
    internal double[] Mixed(double alpha) => [.. Current.Weights.Select(weight => (1 - alpha) * weight), alpha];

    /// <summary>F of the weights, in nats up to the target's constant.</summary>
    // A component of weight 0 adds nothing, even where the mixture without it has no density and its divergence is infinite.
    internal double Bound(IReadOnlyList<double> weights)
        => -Divergences(weights).Select((divergence, k) => weights[k] > 0 ? weights[k] * divergence : 0).Sum();

    /// <summary>E_{h_k}[log q_v − log p] for every component: the gradient of KL(q_v ‖ p) in v, less one.</summary>
    internal double[] Divergences(IReadOnlyList<double> weights)
    {
        Draw();
        using var scope = torch.NewDisposeScope();
        var shares = torch.tensor(weights.ToArray(), torch.float64, torch.CPU);
        var values = (_ratios!.mv(shares).log() + _largest! - _logTarget!).data<double>().ToArray();
        return [.. Enumerable.Range(0, All.Count).Select(k => Mean(values, _starts![k], _starts[k + 1]))];
    }

    /// <summary>d/dα KL((1 − α) q_t + α h ‖ p), which grows with α.</summary>
    internal double Slope(double alpha)
    {
        var divergences = Divergences(Mixed(alpha));
        return divergences[^1] - Current.Weights.Select((weight, k) => weight * divergences[k]).Sum();
    }

    public void Dispose() => _scope.Dispose();

    private static double Mean(double[] values, int start, int end)
    {
        var sum = 0.0;
        for (var i = start; i < end; i++)
            sum += values[i];
        return sum / (end - start);
    }

    private void Draw()
    {
        if (_starts is not null)
            return;
        using var inner = torch.NewDisposeScope();
        var each = Math.Max(1, Samples / Current.Weights.Count);
        var points = torch.cat([Current.Components.RSample(each).reshape(-1, All.Size), Component.RSample(Samples).reshape(-1, All.Size)]);
        var logDensities = All.LogDensities(points, torch.zeros(All.Count, points.dtype, points.device)).to(torch.float64).cpu();
        _largest = logDensities.amax(-1);
        _ratios = (logDensities - _largest.unsqueeze(-1)).exp();
        _logTarget = Target.Evaluate(points).to(torch.float64).cpu();
        foreach (var kept in new[] { _largest, _ratios, _logTarget })
            kept.MoveToOtherDisposeScope(_scope);
        _starts = [.. Enumerable.Range(0, All.Count).Select(k => k * each), (All.Count - 1) * each + Samples];
    }
}
