namespace VaeToolkit.Archetypes;

/// <summary>Options of <see cref="DirichletPrior"/>.</summary>
public sealed record DirichletPriorOptions
{
    /// <summary>α of the Dirichlet distribution of the weights, above 0. Default 1: uniform on the simplex (Keller et al.).</summary>
    public double Concentration { get; init; } = 1;

    /// <summary>
    /// The standard deviation of the normal noise around a point of the simplex, from 1e-6 to 1e15. Default 1 (Keller et al.).
    /// </summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>
    /// Points of the simplex over which the density is averaged, at least 1; rounded up to a multiple of k. A small
    /// <see cref="NoiseScale"/> or many archetypes need more. Default 1024.
    /// </summary>
    public int Points { get; init; } = 1024;

    internal DirichletPriorOptions Validated(string name)
    {
        DirichletWeights.RequireConcentration(Concentration, name);
        // Below, the density would be that of the points' rounding; above, squares come to be no numbers in float32.
        if (NoiseScale is not (>= 1e-6 and <= 1e15))
            throw new ArgumentOutOfRangeException(name, NoiseScale, "NoiseScale must be a number from 1e-6 to 1e15");
        Shape.RequirePositive(Points, "Points", name);
        return this;
    }
}
