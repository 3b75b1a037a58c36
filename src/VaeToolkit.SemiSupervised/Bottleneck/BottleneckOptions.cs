namespace VaeToolkit.SemiSupervised;

/// <summary>Options of <see cref="BottleneckObjective"/>.</summary>
public sealed record BottleneckOptions
{
    /// <summary>
    /// β and where it stands; default 1 on both. <c>BetaWeight.OnReconstruction(β)</c> weighs what z says about the target, as in R −
    /// β I; <c>BetaWeight.OnKl(B)</c> weighs the rate, as in cross entropy + B R (Alemi et al. 2017), which is the same with B = 1/β.
    /// </summary>
    public BetaWeight Beta { get; init; } = BetaWeight.OnKl(1);

    /// <summary>Samples of z an item over which the bound is averaged, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    internal BottleneckOptions Validated()
    {
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        return this;
    }
}
