namespace VaeToolkit;

/// <summary>
/// A target for the KL divergence that grows linearly: the penalty γ |KL − C| takes the place of the weighted divergence, and C rises
/// from 0 to its maximum (Burgess et al. 2018, eq. 8).
/// </summary>
/// <param name="Maximum">The final C in nats per item, at least 0.</param>
/// <param name="Steps">Optimiser steps over which C rises, at least 1.</param>
/// <param name="Strength">γ, above 0; the paper takes 1000.</param>
public sealed record KlCapacity(double Maximum, long Steps, double Strength = 1000)
{
    /// <summary>C at the step that comes next.</summary>
    internal double At(long stepsTaken) => Maximum * Math.Min(1.0, stepsTaken / (double)Steps);

    /// <summary>The rise of C; null where C stays 0.</summary>
    internal WarmUpPlan? Plan() => Maximum > 0 ? new("capacity", Maximum, BetaWarmUp.FromZero(Steps)) : null;

    internal KlCapacity Validated(string name)
    {
        if (!(Maximum >= 0 && double.IsFinite(Maximum)))
            throw new ArgumentOutOfRangeException(name, Maximum, "the maximal capacity C must be a number of at least 0");
        Shape.RequirePositive(Steps, "the steps over which the capacity rises", name);
        if (!(Strength > 0 && double.IsFinite(Strength)))
            throw new ArgumentOutOfRangeException(name, Strength, "the strength γ must be a positive number");
        return this;
    }
}
