namespace VaeToolkit.VisualFields;

/// <summary>Tests of single slopes with Bonferroni's correction.</summary>
/// <param name="Rates">A line for each number.</param>
/// <param name="PValue">M times the smallest of their p-values, at most 1.</param>
/// <param name="MeanSensitivityRate">How fast the decoded mean sensitivity changes, in dB a year.</param>
/// <param name="Level">The test's level.</param>
public sealed record SingleSlopesResult(IReadOnlyList<LinearRate> Rates, double PValue, double MeanSensitivityRate, double Level)
{
    /// <summary>Whether the eye is called progressing: the p-value is at most the level, and the mean sensitivity falls.</summary>
    public bool IsProgressing => PValue <= Level && MeanSensitivityRate < 0;

    /// <summary>The p-value and the verdict.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"p {PValue:G3} of {Rates.Count} slopes, {MeanSensitivityRate:F2} dB a year: {ProgressionResult.Verdict(IsProgressing)}");
}
