namespace VaeToolkit.Boosting;

/// <summary>Options of <see cref="Mpvi.Fit"/>.</summary>
public sealed record MpviOptions
{
    /// <summary>Most components, at least 1; default 10.</summary>
    public int Components { get; init; } = 10;

    /// <summary>
    /// Candidates for every component, optimised side by side, at least 1; default 8.
    /// The objective has many local optima in a component's parameters.
    /// </summary>
    public int Restarts { get; init; } = 8;

    /// <summary>The components' covariances and starting points.</summary>
    public NormalStart Start { get; init; } = new();

    /// <summary>How each step is done.</summary>
    public BoostingOptions Step { get; init; } = new();

    /// <summary>The run's seed; default 0. The caller's random numbers are left as they were.</summary>
    public long Seed { get; init; }

    internal MpviOptions Validated()
    {
        Shape.RequirePositive(Components, "Components", nameof(Components));
        Shape.RequirePositive(Restarts, "Restarts", nameof(Restarts));
        ArgumentNullException.ThrowIfNull(Start);
        ArgumentNullException.ThrowIfNull(Step);
        Start.Validated();
        Step.Validated();
        return this;
    }
}
