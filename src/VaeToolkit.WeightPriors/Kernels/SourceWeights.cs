using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>The weights of one snapshot of one source network, by name.</summary>
/// <param name="Network">The network's number.</param>
/// <param name="Cycle">The learning rate's cycle that the snapshot ended.</param>
/// <param name="Weights">The weights; a layer's kernels are <c>layer.weight</c>, <c>[out, in, *kernel]</c>. Not disposed.</param>
public sealed record SourceWeights(int Network, int Cycle, IReadOnlyDictionary<string, torch.Tensor> Weights)
{
    /// <summary>Where they come from, and how many tensors there are.</summary>
    public override string ToString() => FormattableString.Invariant($"network {Network}, cycle {Cycle}: {Weights.Count} tensors");
}
