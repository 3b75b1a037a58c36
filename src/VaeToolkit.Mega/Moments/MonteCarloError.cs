namespace VaeToolkit.Mega;

/// <summary>
/// What m draws leave open. With T = tr Var(vec G(z)), E‖FME_m − FME‖_F² = T/m, so the plain squared gap is too large by T/m on
/// average (and by the data's own T/n).
/// </summary>
/// <param name="Draws">m.</param>
/// <param name="Seed">The seed of the draws, or null where they were given.</param>
/// <param name="TotalVariance">T̂, the sample estimate of T; NaN with one draw.</param>
/// <param name="UnbiasedSquaredGap">The U-statistic of the squared gap with the unbiased data moment; it may be negative;
/// NaN with one draw.</param>
public sealed record MonteCarloError(int Draws, long? Seed, double TotalVariance, double UnbiasedSquaredGap)
{
    /// <summary>√(T̂/m); NaN with one draw, from which no spread can be seen.</summary>
    public double StandardError => Math.Sqrt(TotalVariance / Draws);

    /// <summary>The figures in one line.</summary>
    public override string ToString()
        => Rows.Text($"{Draws} draws{(Seed is { } seed ? Rows.Text($" of seed {seed}") : "")}: standard error {StandardError:G6}, ")
            + Rows.Text($"unbiased squared gap {UnbiasedSquaredGap:G6}");
}
