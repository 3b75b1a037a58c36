namespace VaeToolkit.Boosting;

/// <summary>A mode of a toy target, by which its coverage is judged: the disc of three deviations around a centre.</summary>
/// <param name="X">The centre's first coordinate.</param>
/// <param name="Y">The centre's second coordinate.</param>
/// <param name="Deviation">The mode's deviation.</param>
public readonly record struct ToyMode(double X, double Y, double Deviation)
{
    /// <summary>The centre and the deviation.</summary>
    public override string ToString() => FormattableString.Invariant($"({X:G4}, {Y:G4}) ± {Deviation:G4}");
}
