namespace VaeToolkit.Survival;

/// <summary>How a Weibull regression is fitted.</summary>
public sealed record WeibullOptions
{
    /// <summary>The shape k where it is known, positive: 1 gives exponential times. Null (the default) estimates it.</summary>
    public double? Shape { get; init; }

    /// <summary>The most Newton steps, at least 1.</summary>
    public int MaxIterations { get; init; } = 100;

    internal WeibullOptions Validated()
    {
        if (Shape is { } shape && !(shape > 0 && double.IsFinite(shape)))
            throw new ArgumentOutOfRangeException(nameof(Shape), shape, "A shape must be positive and finite.");
        if (MaxIterations < 1)
            throw new ArgumentOutOfRangeException(nameof(MaxIterations), MaxIterations, "At least one step is needed.");
        return this;
    }
}
