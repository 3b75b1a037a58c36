using TorchSharp;

namespace VaeToolkit.Molecules;

/// <summary>Where a search in latent space has come to.</summary>
/// <param name="Points">The latent vectors, <c>[N, Z]</c>, of the scope in which the search was called.</param>
/// <param name="Values">Their values.</param>
/// <param name="StartValues">The values where the search began, inside the region.</param>
public sealed record LatentSearchResult(torch.Tensor Points, IReadOnlyList<double> Values, IReadOnlyList<double> StartValues)
{
    /// <summary>How many points, and the best value.</summary>
    public override string ToString() => FormattableString.Invariant($"{Values.Count} points, the best of value {Values.Max():G6}");
}
