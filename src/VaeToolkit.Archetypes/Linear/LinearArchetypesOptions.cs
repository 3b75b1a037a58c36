namespace VaeToolkit.Archetypes;

/// <summary>How <see cref="LinearArchetypes.Fit"/> looks for archetypes.</summary>
public sealed record LinearArchetypesOptions
{
    /// <summary>Seed of the starts. The same seed gives the same archetypes. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Starts from different items, at least 1, of which the one with the smallest residual is kept: the problem has local minima.
    /// Default 5.</summary>
    public int Starts { get; init; } = 5;

    /// <summary>Most iterations of a start, at least 1. Default 500.</summary>
    public int MaxIterations { get; init; } = 500;

    /// <summary>A start ends when an iteration lowers the residual by less than this share of the data's sum of squares about their mean,
    /// at least 0. Default 1e-9.</summary>
    public double Tolerance { get; init; } = 1e-9;

    internal LinearArchetypesOptions Validated(string name)
    {
        Shape.RequirePositive(Starts, "Starts", name);
        Shape.RequirePositive(MaxIterations, "MaxIterations", name);
        if (!(Tolerance >= 0 && double.IsFinite(Tolerance)))
            throw new ArgumentOutOfRangeException(name, Tolerance, "Tolerance must be a finite number of at least 0");
        return this;
    }
}
