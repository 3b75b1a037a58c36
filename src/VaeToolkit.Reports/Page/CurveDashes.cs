namespace VaeToolkit.Reports;

/// <summary>
/// How the lines of a chart's curves are broken, so that they can be told apart without colour: the first is whole, and every other has
/// dashes of its own. A curve that belongs to a colour has the same ones in every chart, unless another has taken them.
/// </summary>
internal static class CurveDashes
{
    /// <summary>Of marks, and of the first curve that is <see cref="CurveStyle.Dashes"/>: a reference is broken as one expects.</summary>
    public const int Reference = 1;

    private static readonly string?[] s_patterns =
        [null, "6 4", "2 3", "13 4", "11 3 2 3", "11 3 2 3 2 3", "2 7", "5 2 5 6", "17 3 4 3"];

    /// <summary>The value of <c>stroke-dasharray</c>; null for a whole line.</summary>
    public static string? Pattern(int dashes) => s_patterns[dashes];

    /// <summary>The pattern of every curve of a chart, in order; with more lines than patterns they begin again.</summary>
    public static IReadOnlyList<int> Of(ReportChart chart)
    {
        var (chosen, taken) = (new int[chart.Curves.Count], new HashSet<int>());
        for (var i = 0; i < chosen.Length; i++)
        {
            var (curve, wanted) = (chart.Curves[i], chart.Curves[i].Colour ?? i);
            if (curve.Style is CurveStyle.Points or CurveStyle.Bars)
                continue;
            int[] order = curve.Style == CurveStyle.Dashes ? [Reference, .. Turned(2, wanted)]
                : wanted % (s_patterns.Length - 1) == 0 ? [0, .. Turned(2, wanted)] : [.. Turned(2, wanted - 1), 0];
            if (order.All(taken.Contains))
                taken.Clear();
            taken.Add(chosen[i] = order.First(dashes => !taken.Contains(dashes)));
        }
        return chosen;
    }

    // All from the first pattern, beginning somewhere within.
    private static IEnumerable<int> Turned(int first, int start)
    {
        var count = s_patterns.Length - first;
        return Enumerable.Range(0, count).Select(i => first + (start + i) % count);
    }
}
