using MathNet.Numerics.Distributions;

namespace VaeToolkit.Evaluation;

/// <summary>
/// A quantile of a distribution from independent draws, with an interval between two of the draws in order. The number of draws below the
/// quantile is binomial whatever the distribution, so the interval's level is exact (David &amp; Nagaraja 2003, section 7.1): at least
/// what is asked for.
/// </summary>
/// <param name="Value">The draw below or at which the share p of all draws lies: of n in order, number ⌈n p⌉.</param>
/// <param name="Lower">The interval's lower end; minus infinity where there are too few draws for one.</param>
/// <param name="Upper">The interval's upper end; infinity where there are too few draws for one.</param>
/// <param name="Level">The probability with which intervals made so hold the quantile, at least, such as 0.95.</param>
/// <param name="Probability">p, between 0 and 1.</param>
/// <param name="Items">n, the number of draws.</param>
public sealed record QuantileEstimate(double Value, double Lower, double Upper, double Level, double Probability, int Items)
{
    /// <summary>Estimates a quantile.</summary>
    /// <param name="draws">The draws, at least one.</param>
    /// <param name="probability">p, between 0 and 1.</param>
    /// <param name="level">The interval's level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">There are no draws, or one is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A share is not between 0 and 1.</exception>
    public static QuantileEstimate Of(IEnumerable<double> draws, double probability, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(draws);
        OptionRange.Require(probability is > 0 and < 1, nameof(probability), probability, "must be between 0 and 1");
        OptionRange.Require(level is > 0 and < 1, nameof(level), level, "must be between 0 and 1");
        double[] ordered = [.. draws.Order()];
        if (ordered.Length == 0 || double.IsNaN(ordered[0]))
            throw new ArgumentException(
                ordered.Length == 0 ? "there are no draws to take a quantile of" : "a draw is NaN", nameof(draws));
        var (lower, upper) = Ends(ordered.Length, probability, level);
        return new(
            At(ordered, (int)Math.Clamp(WholeCount.Ceiling(ordered.Length * probability), 1, ordered.Length)),
            At(ordered, lower), At(ordered, upper), level, probability, ordered.Length);
    }

    /// <summary>
    /// The numbers, from 1, of the draws in order that are the interval's ends; 0 and n + 1 stand for no end. Each tail outside has at
    /// most half of what the level leaves.
    /// </summary>
    internal static (int Lower, int Upper) Ends(int items, double probability, double level)
    {
        var (tail, binomial) = ((1 - level) / 2, new Binomial(probability, items));
        // P(quantile < X_(l)) = P(B < l), and P(quantile ≥ X_(u)) = P(B ≥ u), with B the draws that are at or below it.
        var lower = First(items + 1, l => Below(l) > tail);
        var upper = First(items + 1, u => u > items || 1 - Below(u - 1) <= tail);
        return (lower, upper);

        // MathNet's is 0 for all n where the probability is near 1.
        double Below(int draws) => draws >= items ? 1 : binomial.CumulativeDistribution(draws);
    }

    /// <summary>The quantile and its interval.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Value:G6} ({Level:P0} interval {Lower:G6} to {Upper:G6}), quantile {Probability:G4} of {Items} items");

    // The first number that is so, of those from 0 to most; once it is so, it stays so.
    private static int First(int most, Func<int, bool> isSo)
    {
        var (from, to) = (0, most);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (isSo(middle))
                to = middle;
            else
                from = middle + 1;
        }
        return from;
    }

    private static double At(double[] ordered, int number)
        => number < 1 ? double.NegativeInfinity : number > ordered.Length ? double.PositiveInfinity : ordered[number - 1];
}
