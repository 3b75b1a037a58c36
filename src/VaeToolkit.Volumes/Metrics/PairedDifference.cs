using System.Globalization;

namespace VaeToolkit.Volumes;

/// <summary>
/// The mean difference of a score between two methods on the same training subsets and test patients, with a percentile bootstrap interval
/// that resamples subsets, and patients within each (Davison &amp; Hinkley 1997, section 3.8).
/// </summary>
/// <param name="Mean">The mean of all differences.</param>
/// <param name="Low">The 2.5th percentile of the bootstrap means.</param>
/// <param name="High">The 97.5th percentile of the bootstrap means.</param>
/// <param name="Resamples">Bootstrap resamples.</param>
/// <param name="Seed">Their seed.</param>
public sealed record PairedDifference(double Mean, double Low, double High, int Resamples, long Seed)
{
    /// <summary>
    /// Pairs that do not count, since a score is NaN (a mask was empty and <see cref="EmptyMasks.LeftOut"/>) or infinite.
    /// </summary>
    public int LeftOut { get; init; }

    /// <summary>Compares two methods.</summary>
    /// <param name="scores">The method's scores, one list of patients for each subset.</param>
    /// <param name="baseline">The other's scores of the same subsets and patients, in the same order.</param>
    /// <param name="resamples">Bootstrap resamples, at least 1; default 2000.</param>
    /// <param name="seed">The interval is a function of it.</param>
    /// <exception cref="ArgumentException">There are no scores, the two do not pair up, or no pair has two numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="resamples"/> is below 1.</exception>
    public static PairedDifference Of(
        IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<IReadOnlyList<double>> baseline, int resamples = 2000, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(baseline);
        Shape.RequirePositive(resamples, "the number of resamples", nameof(resamples));
        if (scores.Count == 0 || !scores.Select(subset => subset.Count).SequenceEqual(baseline.Select(subset => subset.Count))
            || scores.Any(subset => subset.Count == 0))
            throw new ArgumentException("scores and baseline must have the same subsets, at least one, each with the same "
                + "patients, at least one", nameof(baseline));
        double[][] all = [.. scores.Zip(baseline, (ours, theirs) => ours.Zip(theirs, (a, b) => a - b).ToArray())];
        double[][] differences = [.. all.Select(subset => subset.Where(double.IsFinite).ToArray()).Where(subset => subset.Length > 0)];
        if (differences.Length == 0)
            throw new ArgumentException("of no patient are both scores numbers, so there is no difference", nameof(scores));
        var random = SplitMix64.For(seed, 3);
        var means = new double[resamples];
        for (var i = 0; i < resamples; i++)
            means[i] = Resampled(differences, ref random);
        return new(
            differences.SelectMany(subset => subset).Average(),
            MathNet.Numerics.Statistics.Statistics.Quantile(means, 0.025),
            MathNet.Numerics.Statistics.Statistics.Quantile(means, 0.975), resamples, seed)
        {
            LeftOut = all.Sum(subset => subset.Length) - differences.Sum(subset => subset.Length),
        };
    }

    /// <summary>Mean and interval, and how many pairs are left out if any are.</summary>
    public override string ToString() => FormattableString.Invariant($"{Signed(Mean)} [{Signed(Low)}, {Signed(High)}]")
        + (LeftOut > 0 ? FormattableString.Invariant($" ({LeftOut} left out)") : "");

    // A negative number that rounds to 0 would have both signs; −0 + 0 is 0.
    private static string Signed(double value) => (Math.Round(value, 3) + 0.0).ToString("+0.000;-0.000", CultureInfo.InvariantCulture);

    private static double Resampled(double[][] differences, ref SplitMix64 random)
    {
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < differences.Length; i++)
        {
            var subset = differences[random.Below(differences.Length)];
            for (var j = 0; j < subset.Length; j++)
                sum += subset[random.Below(subset.Length)];
            count += subset.Length;
        }
        return sum / count;
    }
}
