namespace VaeToolkit.Survival.Tests.Curves;

/// <summary>Remissions of acute myelogenous leukaemia with and without maintenance (Miller 1981, p. 49), in weeks.</summary>
internal static class Leukaemia
{
    public static SurvivalTimes Maintained { get; } = SurvivalTimes.FromIndicators(
        [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]);

    public static SurvivalTimes NotMaintained { get; } = SurvivalTimes.FromIndicators(
        [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]);
}
