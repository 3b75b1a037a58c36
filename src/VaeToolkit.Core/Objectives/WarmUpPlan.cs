namespace VaeToolkit;

/// <summary>
/// A number of an objective that rises from about 0 to its final value while training goes on. Until then losses of different epochs do
/// not compare.
/// </summary>
/// <param name="Term">The term that shows it, such as <c>beta</c>.</param>
/// <param name="Final">Its value when the rise is over.</param>
/// <param name="Length">How many steps or epochs it takes.</param>
public sealed record WarmUpPlan(string Term, double Final, BetaWarmUp Length)
{
    /// <summary>The term, its final value and the length.</summary>
    public override string ToString() => FormattableString.Invariant($"{Term} up to {Final:G6} {Length}");

    /// <summary>One sentence about a training that ends before the rise is over, with the last value; null when it does not.</summary>
    /// <param name="stepsTaken">Optimiser steps taken with the objective by the training's end.</param>
    /// <param name="epochsFinished">Epochs finished with the objective by then.</param>
    public string? ExplainUnfinished(long stepsTaken, int epochsFinished)
        => Length.IsOver(stepsTaken, epochsFinished) ? null : FormattableString.Invariant(
            $"The warm-up of '{Term}' goes {Length}, but training ends after {Length.Reached(stepsTaken, epochsFinished)}: its last ")
            + FormattableString.Invariant(
                $"value is {Final * Length.Factor(stepsTaken - 1, epochsFinished - 1):G6}, not {Final:G6}; shorten it, or train longer.");
}
