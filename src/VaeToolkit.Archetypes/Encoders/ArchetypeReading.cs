using TorchSharp;

namespace VaeToolkit.Archetypes;

/// <summary>
/// What an <see cref="ArchetypeEncoder"/> says of a batch. Its tensors live in the dispose scope in which it was made.
/// </summary>
/// <param name="weights">A, <c>[N, k]</c>, rows of sum 1.</param>
/// <param name="mixingLogits">Logits of B, <c>[N, k]</c>: of each item, for each archetype.</param>
/// <param name="posterior">q(t|x).</param>
public sealed class ArchetypeReading(torch.Tensor weights, torch.Tensor mixingLogits, DiagonalNormal posterior)
{
    /// <summary>A, the weights of the archetypes in each item, <c>[N, k]</c>: numbers of at least 0 with sum 1.</summary>
    public torch.Tensor Weights { get; } = weights;

    /// <summary>The logits of <see cref="Mixing"/>, <c>[N, k]</c>.</summary>
    public torch.Tensor MixingLogits { get; } = mixingLogits;

    /// <summary>q(t|x) = N(t; A Z, diag σ²), whose means are inside the simplex.</summary>
    public DiagonalNormal Posterior { get; } = posterior;

    /// <summary>
    /// B, the weights of the batch's items in each archetype, <c>[k, N]</c>: rows of sum 1, by a softmax over the batch. It is a matter of
    /// the whole batch, and a batch without extreme items has none to mix an archetype of.
    /// </summary>
    public torch.Tensor Mixing() => MixingLogits.transpose(0, 1).softmax(-1);

    /// <summary>Z_pred = B μ, the vertices as mixtures of the batch's items, <c>[k, M]</c>.</summary>
    public torch.Tensor PredictedVertices() => Mixing().mm(Posterior.Mean);

    /// <summary>N and k.</summary>
    public override string ToString() => $"weights of {Weights.shape[1]} archetypes in {Weights.shape[0]} items";
}
