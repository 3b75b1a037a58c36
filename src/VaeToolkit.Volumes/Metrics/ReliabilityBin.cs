namespace VaeToolkit.Volumes;

/// <summary>Voxels whose predicted probability lies in one interval.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Probability">Their mean predicted probability; NaN if there are none.</param>
/// <param name="Frequency">The part of them that is foreground; NaN if there are none.</param>
public readonly record struct ReliabilityBin(long Count, double Probability, double Frequency)
{
    /// <summary>The three numbers in one line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Count} voxels, mean probability {Probability:F3}, frequency {Frequency:F3}");
}
