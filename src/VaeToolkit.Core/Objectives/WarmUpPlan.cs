namespace VaeToolkit;

/// <summary>
/// A number of an objective that rises from about 0, or falls, to its final value while training goes on. Until then losses of different
/// epochs do not compare.
/// </summary>
/// <param name="Term">The term that shows it, such as <c>beta</c>.</param>
/// <param name="Final">Its value then.</param>
/// <param name="Length">How many steps or epochs it takes.</param>
public sealed record WarmUpPlan(string Term, double Final, BetaWarmUp Length)
{
    /// <summary>
    /// The share of the final value in the step that comes next, of the steps taken and the epochs finished so far; above 1 for a number
    /// that falls. Null for a linear rise over the length.
    /// </summary>
    public Func<long, int, double>? Share { get; init; }

    private bool Falls => Share is not null && Share(0, 0) > 1;

    /// <summary>The term, its final value and the length.</summary>
    public override string ToString() => FormattableString.Invariant($"{Term} {(Falls ? "down" : "up")} to {Final:G6} {Length}");

    /// <summary>One sentence about a training that ends before it is there, with the last value; null when it does not.</summary>
    /// <param name="stepsTaken">Optimiser steps taken with the objective by the training's end.</param>
    /// <param name="epochsFinished">Epochs finished with the objective by then.</param>
    public string? ExplainUnfinished(long stepsTaken, int epochsFinished)
        => Length.IsOver(stepsTaken, epochsFinished) ? null : FormattableString.Invariant(
            $"The {(Falls ? "fall" : "warm-up")} of '{Term}' goes {Length}, but training ends after ")
            + FormattableString.Invariant($"{Length.Reached(stepsTaken, epochsFinished)}: its last value is ")
            + FormattableString.Invariant($"{Final * Reached(stepsTaken - 1, epochsFinished - 1):G6}, not {Final:G6}; ")
            + "shorten it, or train longer.";

    private double Reached(long stepsTaken, int epochsFinished)
        => Share?.Invoke(stepsTaken, epochsFinished) ?? Length.Factor(stepsTaken, epochsFinished);
}
