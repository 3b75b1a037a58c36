namespace VaeToolkit;

/// <summary>Options of <see cref="Geco"/> and <see cref="GecoIwae"/>.</summary>
public sealed record GecoOptions
{
    /// <summary>The mean squared error that a pixel may have, when <see cref="Constraints"/> is null; default 0.02.</summary>
    public double Tolerance { get; init; } = 0.02;

    /// <summary>
    /// The constraints, each with a multiplier of its own; null for <see cref="Tolerance"/> on the squared error per pixel.
    /// </summary>
    public IReadOnlyList<ReconstructionConstraint>? Constraints { get; init; }

    /// <summary>α of the constraint's moving average, in [0, 1); default 0.99.</summary>
    public double AverageDecay { get; init; } = 0.99;

    /// <summary>
    /// How far log λ moves in a step for one unit of the constraint's moving average, above 0; default 1, which suits errors per pixel.
    /// For errors per item divide by about the number of pixels.
    /// </summary>
    public double MultiplierRate { get; init; } = 1;

    /// <summary>The least λ, above 0; default 1e-6.</summary>
    public double SmallestMultiplier { get; init; } = 1e-6;

    /// <summary>The largest λ; default 1e8. A λ that stays there says that the tolerance cannot be met.</summary>
    public double LargestMultiplier { get; init; } = 1e8;

    /// <summary>Steps at the largest λ after which a tolerance is reported as one that cannot be met, at least 1; default 1000.</summary>
    public long StepsAtLimit { get; init; } = 1000;

    /// <summary>
    /// How far above zero C_ma may be, as a share of the tolerance, and the constraint still count as held; default 0.02.
    /// </summary>
    public double Slack { get; init; } = 0.02;

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal GecoOptions Validated()
    {
        Require(AverageDecay is >= 0 and < 1, AverageDecay, nameof(AverageDecay), "must be in [0, 1)");
        Require(MultiplierRate > 0 && double.IsFinite(MultiplierRate), MultiplierRate, nameof(MultiplierRate), "must be a positive number");
        Require(
            SmallestMultiplier is > 0 and <= 1, SmallestMultiplier, nameof(SmallestMultiplier), "must be in (0, 1], since λ begins at 1");
        Require(LargestMultiplier >= 1 && double.IsFinite(LargestMultiplier), LargestMultiplier, nameof(LargestMultiplier),
            "must be a finite number of at least 1, since λ begins at 1");
        Require(StepsAtLimit >= 1, StepsAtLimit, nameof(StepsAtLimit), "must be at least 1");
        Require(Slack >= 0, Slack, nameof(Slack), "must be at least 0");
        if (Constraints is { Count: 0 })
            throw new ArgumentException(
                "Constraints is empty; give at least one, or null for the tolerance per pixel", nameof(Constraints));
        return Constraints?.Select(c => c.Name).Distinct().Count() < Constraints?.Count
            ? throw new ArgumentException("two constraints have one name; each needs its own", nameof(Constraints))
            : this;
    }

    private static void Require(bool holds, double value, string name, string rule)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"{name} {rule}");
    }
}
