namespace VaeToolkit.DeepSurvival;

/// <summary>What a treatment is chosen for: a number of p(y|t,x), of which more is better.</summary>
public sealed class Utility
{
    private readonly Func<PredictiveDistribution, Functional> _of;

    private Utility(string name, Func<PredictiveDistribution, Functional> of) => (Name, _of) = (name, of);

    /// <summary>The mean time E[y]. Long tails make it uncertain.</summary>
    public static Utility Mean { get; } = new("mean", predicted => predicted.MeanFunctional());

    /// <summary>The median time.</summary>
    public static Utility Median { get; } = new("median", predicted => predicted.QuantileFunctional(0.5));

    /// <summary>What it is, such as <c>RMST(5)</c>.</summary>
    public string Name { get; }

    /// <summary>The restricted mean survival time E[min(y, τ)].</summary>
    /// <param name="horizon">τ, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="horizon"/> is not positive and finite.</exception>
    public static Utility RestrictedMean(double horizon)
    {
        RequireTime(horizon, nameof(horizon));
        return new(FormattableString.Invariant($"RMST({horizon})"), predicted => predicted.RestrictedMeanFunctional(horizon));
    }

    /// <summary>The probability S(τ) of no event by a time.</summary>
    /// <param name="time">τ, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is not positive and finite.</exception>
    public static Utility Survival(double time)
    {
        RequireTime(time, nameof(time));
        return new(FormattableString.Invariant($"S({time})"), predicted => predicted.SurvivalFunctional(time));
    }

    /// <summary>The time by which a share of all events has happened.</summary>
    /// <param name="probability">The share, above 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is out of range.</exception>
    public static Utility Quantile(double probability)
        => probability is > 0 and < 1
            ? new(FormattableString.Invariant($"quantile({probability})"), predicted => predicted.QuantileFunctional(probability))
            : throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability must be above 0 and below 1.");

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal Functional Of(PredictiveDistribution predicted) => _of(predicted);

    private static void RequireTime(double time, string name)
    {
        if (!(time > 0 && double.IsFinite(time)))
            throw new ArgumentOutOfRangeException(name, time, "A time must be positive and finite.");
    }
}
