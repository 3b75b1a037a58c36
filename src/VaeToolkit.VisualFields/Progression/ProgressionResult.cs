namespace VaeToolkit.VisualFields;

/// <summary>What a test of progression found in an eye.</summary>
public sealed record ProgressionResult
{
    /// <summary>
    /// F, the slopes' squared length by the noise of test and retest and divided by M; with a minus where the decoded mean sensitivity
    /// does not fall.
    /// </summary>
    public required double Statistic { get; init; }

    /// <summary>The share of orders of the visits, the true one included, whose statistic is at least as large.</summary>
    public required double PValue { get; init; }

    /// <summary>How many orders of the visits were compared.</summary>
    public required int Orders { get; init; }

    /// <summary>Whether these are all there are, and not drawn ones.</summary>
    public required bool AreAllOrders { get; init; }

    /// <summary>How fast the decoded mean sensitivity changes, in dB a year: below 0 where it falls.</summary>
    public required double MeanSensitivityRate { get; init; }

    /// <summary>The test's level.</summary>
    public required double Level { get; init; }

    /// <summary>Whether the eye is called progressing: the p-value is at most the level, and the mean sensitivity falls.</summary>
    public bool IsProgressing => PValue <= Level && MeanSensitivityRate < 0;

    /// <summary>
    /// Whether there are visits enough for a p-value as low as the level: three have six orders, so that none is below 1/6.
    /// </summary>
    public bool CanReject => 1.0 / Orders <= Level;

    /// <summary>The p-value and the verdict.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"p {PValue:G3} of {Orders} orders, {MeanSensitivityRate:F2} dB a year: {Verdict(IsProgressing)}");

    internal static string Verdict(bool isProgressing) => isProgressing ? "progressing" : "not shown to progress";
}
