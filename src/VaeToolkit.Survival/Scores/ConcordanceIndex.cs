namespace VaeToolkit.Survival;

/// <summary>
/// The pairs of patients behind a concordance index, counted, or summed with weights. A pair can be compared when the one with the shorter
/// time has the event then; at equal times when exactly one of the two has the event, who is then the one with the shorter time.
/// </summary>
/// <param name="Concordant">Pairs in which the one with the shorter time is predicted to be worse off.</param>
/// <param name="Discordant">Pairs in which it is the other way round.</param>
/// <param name="TiedRisk">Pairs with equal predictions, which count one half.</param>
public sealed record ConcordanceIndex(double Concordant, double Discordant, double TiedRisk)
{
    /// <summary>
    /// (concordant + tied/2) / (concordant + discordant + tied): 1 for a perfect order, 0.5 for none. NaN where no pair can be compared.
    /// </summary>
    public double Value => (Concordant + 0.5 * TiedRisk) / (Concordant + Discordant + TiedRisk);

    /// <summary>The value and the pairs.</summary>
    public override string ToString()
        => FormattableString.Invariant($"concordance {Value:F4} ({Concordant:G6} concordant, ")
            + FormattableString.Invariant($"{Discordant:G6} discordant, {TiedRisk:G6} tied)");
}
