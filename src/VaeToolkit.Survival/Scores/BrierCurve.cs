namespace VaeToolkit.Survival;

/// <summary>Brier scores over a grid of times, and their integral.</summary>
public sealed class BrierCurve
{
    internal BrierCurve(IReadOnlyList<double> grid, double[] scores, IReadOnlyList<string> findings)
    {
        for (var i = 1; i < grid.Count; i++)
            if (!(grid[i] > grid[i - 1]))
                throw new ArgumentException(
                    FormattableString.Invariant($"Time {i} of the grid is {grid[i]}; a grid must increase."), nameof(grid));
        Times = [.. grid];
        Scores = scores;
        Scored = [.. scores.Select(score => !double.IsNaN(score))];
        Findings = findings;
    }

    /// <summary>The grid <c>[T]</c>.</summary>
    public IReadOnlyList<double> Times { get; }

    /// <summary>The score at each time <c>[T]</c>; NaN where it cannot be known.</summary>
    public IReadOnlyList<double> Scores { get; }

    /// <summary>Whether each time could be scored <c>[T]</c>: a false one is beyond follow-up, or has too little left of G.</summary>
    public IReadOnlyList<bool> Scored { get; }

    /// <summary>Why a time was not scored although some patients have a prediction for it: the patients who have none, by name.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>
    /// The last time of the integral: the grid's last before the first that could not be scored; NaN where not even the first could.
    /// </summary>
    public double IntegratedUntil => ScoredCount == 0 ? double.NaN : Times[ScoredCount - 1];

    /// <summary>
    /// The integrated Brier score by the trapezoidal rule over the grid up to <see cref="IntegratedUntil"/>, divided by the length of that
    /// interval. NaN with fewer than two scored times. (Simpson's rule, as pycox has it, gives other numbers.)
    /// </summary>
    public double Integrated
    {
        get
        {
            var area = 0.0;
            for (var i = 1; i < ScoredCount; i++)
                area += (Times[i] - Times[i - 1]) * (Scores[i] + Scores[i - 1]) / 2;
            return ScoredCount < 2 ? double.NaN : area / (IntegratedUntil - Times[0]);
        }
    }

    /// <summary>The integral, a score a line, and the findings.</summary>
    public override string ToString()
        => string.Join(Environment.NewLine, [
            FormattableString.Invariant($"integrated Brier score {Integrated:F4} from ")
                + FormattableString.Invariant($"{Times.FirstOrDefault(double.NaN):G6} to {IntegratedUntil:G6}"),
            TextTable.Shortened(
                ["time", "Brier score"], Times.Count, i => [TextTable.Number(Times[i], 6), TextTable.Number(Scores[i])], Times.Count),
            .. Findings]);

    private int ScoredCount => Scored.TakeWhile(scored => scored).Count();
}
