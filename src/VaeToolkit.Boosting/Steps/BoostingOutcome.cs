namespace VaeToolkit.Boosting;

/// <summary>The result of one boosting step.</summary>
/// <param name="Mixture">The new mixture, which the caller owns; null when every candidate was rejected,
/// and then the old one stands.</param>
/// <param name="Candidate">Which candidate joined, from 0; null when none did.</param>
/// <param name="Weights">The weights of the old components in order and, last, of the new one, those of weight 0 included;
/// null when none joined.</param>
/// <param name="Report">The step in numbers.</param>
public sealed record BoostingOutcome(NormalMixture? Mixture, int? Candidate, IReadOnlyList<double>? Weights, BoostingReport Report)
{
    /// <summary>The step in one line.</summary>
    public override string ToString()
        => Candidate is { } joined ? $"candidate {joined} joined; {Report}" : $"no candidate joined; {Report}";
}
