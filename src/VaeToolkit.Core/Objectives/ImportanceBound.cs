using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The common form of the importance-weighted bounds: M groups of K samples, order α and ELBO share β,
/// (1/M) Σ_m [β (1/K) Σ_k log w + (1 − β) (1 / (1 − α)) log (1/K) Σ_k w^(1 − α)], and what its gradient weighs samples by.
/// </summary>
internal sealed record ImportanceBound(int Samples, int Groups, double Order, double ElboShare)
{
    internal int TotalSamples => Samples * Groups;

    /// <summary>The bound of every item, <c>[N]</c>, from log w <c>[M K, N]</c>.</summary>
    internal torch.Tensor Value(torch.Tensor logWeights)
    {
        var grouped = Grouped(logWeights);
        var tight = ((grouped * (1 - Order)).logsumexp(1) - Math.Log(Samples)) * (1 / (1 - Order));
        var bound = ElboShare == 0 ? tight : tight * (1 - ElboShare) + grouped.mean([1L]) * ElboShare;
        return bound.mean([0L]);
    }

    /// <summary>∂ bound / ∂ log w of every sample, <c>[M K, N]</c>: (1/M) (β/K + (1 − β) w̃), w̃ normalised within its
    /// group.</summary>
    internal torch.Tensor SampleWeights(torch.Tensor logWeights)
        => Normalised(logWeights) * ((1 - ElboShare) / Groups) + ElboShare / TotalSamples;

    /// <summary>
    /// What the path gradient of a sample has to be scaled by, beside <see cref="SampleWeights"/>, to be doubly reparameterised:
    /// β/K + (1 − β) (α w̃ + (1 − α) w̃²) over β/K + (1 − β) w̃.
    /// </summary>
    /// <remarks>
    /// The score term E[w̃_k ∂ log q(z_k|x)] equals E[∂w̃_k/∂z_k · dz_k/dφ], and ∂w̃_k/∂ log w_k = (1 − α) w̃_k (1 −
    /// w̃_k), so the path's factor is w̃ − (1 − α) w̃ (1 − w̃). With α = 0 it is w̃² (Tucker et al. 2019, eq. 7); the ELBO's
    /// share has no score in expectation.
    /// </remarks>
    internal torch.Tensor PathScale(torch.Tensor logWeights)
    {
        var normalised = Normalised(logWeights);
        var scale = normalised * (1 - Order) + Order;
        if (ElboShare == 0)
            return scale;
        var uniform = ElboShare / Samples;
        return (normalised * scale * (1 - ElboShare) + uniform) / (normalised * (1 - ElboShare) + uniform);
    }

    private torch.Tensor Normalised(torch.Tensor logWeights)
        => (Grouped(logWeights) * (1 - Order)).softmax(1).reshape(logWeights.shape);

    private torch.Tensor Grouped(torch.Tensor logWeights) => logWeights.reshape(Groups, Samples, logWeights.shape[1]);
}
