namespace VaeToolkit.Archetypes;

/// <summary>Options of <see cref="DirichletPrior"/>.</summary>
public sealed record DirichletPriorOptions
{
    /// <summary>α of the Dirichlet distribution of the weights, above 0. Default 1: uniform on the simplex (Keller et al.).</summary>
    public double Concentration { get; init; } = 1;

    /// <summary>The standard deviation of the normal noise around a point of the simplex, above 0. Default 1 (Keller et al.).</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>
    /// Points of the simplex over which the density is averaged, at least 1; rounded up to a multiple of k. A small
    /// <see cref="NoiseScale"/> or many archetypes need more. Default 1024.
    /// </summary>
    public int Points { get; init; } = 1024;

    internal DirichletPriorOptions Validated(string name)
    {
        DirichletWeights.RequireConcentration(Concentration, name);
        if (!(NoiseScale > 0 && double.IsFinite(NoiseScale)))
            throw new ArgumentOutOfRangeException(name, NoiseScale, "NoiseScale must be a finite number above 0");
        Shape.RequirePositive(Points, "Points", name);
        return this;
    }
}
