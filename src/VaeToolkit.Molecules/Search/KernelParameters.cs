namespace VaeToolkit.Molecules;

/// <summary>
/// The parameters of a <see cref="GaussianProcess"/>: k(x, x′) = s² exp(−½ Σ_d (x_d − x′_d)² / l_d²), noise of variance σ²,
/// and a constant mean.
/// </summary>
public sealed record KernelParameters
{
    /// <summary>The lengths l_d, one for each feature, above 0.</summary>
    public required IReadOnlyList<double> LengthScales { get; init; }

    /// <summary>The variance s² of the function, above 0; default 1.</summary>
    public double SignalVariance { get; init; } = 1;

    /// <summary>The variance σ² of the noise, above 0; default 0.01.</summary>
    public double NoiseVariance { get; init; } = 0.01;

    /// <summary>The function's mean before anything is seen; default 0.</summary>
    public double Mean { get; init; }

    /// <summary>The variances and the range of the lengths.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"signal {SignalVariance:G4}, noise {NoiseVariance:G4}, mean {Mean:G4}, ")
        + FormattableString.Invariant($"{LengthScales.Count} lengths from {LengthScales.Min():G4} to {LengthScales.Max():G4}");

    internal KernelParameters Validated(long features)
    {
        if (LengthScales.Count != features)
            throw new ArgumentException($"there are {LengthScales.Count} length scales for {features} features");
        foreach (var (name, value) in LengthScales.Select(length => ("LengthScales", length))
            .Append(("SignalVariance", SignalVariance)).Append(("NoiseVariance", NoiseVariance)))
        {
            if (!(value > 0 && double.IsFinite(value)))
                throw new ArgumentException(FormattableString.Invariant($"{name} has {value}; it must be a number above 0"));
        }
        return double.IsFinite(Mean)
            ? this
            : throw new ArgumentException(FormattableString.Invariant($"Mean is {Mean}; it must be finite"));
    }
}
