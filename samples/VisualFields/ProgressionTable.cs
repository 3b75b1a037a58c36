using VaeToolkit.VisualFields;

namespace VaeToolkit.Samples;

/// <summary>How many progressing eyes tests find after some visits, and how many stable ones they call progressing.</summary>
internal sealed class ProgressionTable(FieldCohort eyes, string suffix)
{
    private static readonly int[] s_visits = [5, 8];

    /// <summary>The share of stable eyes that the test calls progressing after five visits, in %; NaN where there are none.</summary>
    public double Add(string name, Func<FieldSeries, bool> test)
    {
        var first = double.NaN;
        foreach (var visits in s_visits)
        {
            var found = Share(true, visits, test);
            var alarms = Share(false, visits, test);
            SampleResult.Print($"found_{visits}_visits_{name}{suffix}", found, "% of progressing eyes", "F1");
            SampleResult.Print($"false_alarms_{visits}_visits_{name}{suffix}", alarms, "% of stable eyes", "F1");
            first = double.IsNaN(first) ? alarms : first;
        }
        return first;
    }

    /// <summary>The mean deviation's own slope by Student's test, one-sided, as perimeters have it.</summary>
    public void AddStudent(string name, FieldSpace mean) => Add(name, eye =>
        EyeRates.Of(mean, eye).Rates[0] is { Slope: < 0, PValue: <= 0.1 });

    private double Share(bool progressing, int visits, Func<FieldSeries, bool> test)
    {
        FieldSeries[] asked = [.. eyes.Eyes.Where(eye => eye.IsProgressing == progressing && eye.Count >= visits)];
        return asked.Length == 0 ? double.NaN : 100.0 * asked.Count(eye => test(eye.First(visits))) / asked.Length;
    }
}
