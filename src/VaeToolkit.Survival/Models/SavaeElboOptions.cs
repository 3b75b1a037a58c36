namespace VaeToolkit.Survival.Models;

/// <summary>How a <see cref="SavaeElbo"/> is computed.</summary>
public sealed record SavaeElboOptions
{
    /// <summary>Samples of every posterior, at least 1. Default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>
    /// c of a penalty c (ln k)² on the Weibull shapes, at least 0. Default 0. Where nearly all times are censored the shape is not identified, and a little of it helps.
    /// </summary>
    public double LogShapePenalty { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal SavaeElboOptions Validated()
    {
        if (Samples < 1)
            throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "There must be at least 1 sample.");
        if (!(LogShapePenalty >= 0 && double.IsFinite(LogShapePenalty)))
            throw new ArgumentOutOfRangeException(nameof(LogShapePenalty), LogShapePenalty, "The penalty must be a finite number of at least 0.");
        return this;
    }
}
