namespace VaeToolkit.VisualFields.Tests;

/// <summary>Simulated eyes whose truth is known.</summary>
internal static class SmallFields
{
    /// <summary>Four places in a square.</summary>
    public static FieldLayout Square { get; } = new([("a", -3, 3), ("b", 3, 3), ("c", -3, -3), ("d", 3, -3)]);

    /// <summary>An eye with given dB at every visit, half a year apart.</summary>
    public static FieldSeries Eye(string name, params double[][] visits)
        => new(name, name, [.. visits.Select((values, visit) => new VisualField(visit * 0.5, values))]);

    /// <summary>
    /// Eyes of a layout: a level of their own, a slope for all places of a progressing one, and normal noise that is larger where the field
    /// is worse.
    /// </summary>
    public static FieldCohort Cohort(FieldLayout layout, int eyes, int visits, double slope, long seed, double[]? years = null)
    {
        var random = SplitMix64.For(seed, eyes);
        var series = new List<FieldSeries>();
        for (var eye = 0; eye < eyes; eye++)
        {
            var level = 20 + random.Normal(3);
            var own = slope * (1 + random.Normal(0.3));
            var fields = new List<VisualField>();
            for (var visit = 0; visit < visits; visit++)
            {
                var time = years?[visit] ?? visit * 0.5;
                var mean = level + own * time;
                fields.Add(new(time, [.. layout.Places.Select(_ => Math.Clamp(mean + random.Normal(0.5 + (30 - mean) * 0.1), -5, 50))]));
            }
            series.Add(new($"{eye}", $"{eye}", fields) { IsProgressing = slope != 0 });
        }
        return new(layout, series);
    }
}
