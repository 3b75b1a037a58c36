using System.Globalization;
using VaeToolkit.VisualFields;

namespace VaeToolkit.Samples;

/// <summary>The mean absolute error at later visits, predicted from the first three, by method; of the eyes that have the visit.</summary>
internal sealed class PredictionTable(FieldCohort eyes)
{
    private const int Known = 3;

    private readonly List<(string Name, double[] Errors)> _rows = [];
    private readonly int[] _visits = [.. new[] { 4, 6, 8 }.Where(visit => eyes.Eyes.Any(
        eye => eye.Count >= visit && eye.Years.Take(Known).Distinct().Count() > 1))];

    /// <summary>The eyes that have more visits than are known, and were seen at more than one time in these.</summary>
    public IEnumerable<FieldSeries> Eyes => eyes.Eyes.Where(
        eye => eye.Count > Known && eye.Years.Take(Known).Distinct().Count() > 1);

    public void Add(string name, Func<FieldSeries, double, FieldForecast> forecast)
        => _rows.Add((name, [.. _visits.Select(visit => Eyes.Where(eye => eye.Count >= visit).Average(eye =>
        {
            var taken = eye.Fields[visit - 1];
            return forecast(eye.First(Known), taken.Years).MeanAbsoluteError(taken);
        }))]));

    /// <summary>Whether every place of an eye has values of two times among the first, as point-wise regression needs.</summary>
    public static bool IsPointwisePossible(FieldSeries eye) => eye.Count >= Known && Enumerable.Range(0, eye.Fields[0].Sensitivities.Count)
        .All(place => eye.Fields.Take(Known).Where(field => double.IsFinite(field.Sensitivities[place]))
            .Select(field => field.Years).Distinct().Count() >= 2);

    /// <summary>Rates by least squares over a space.</summary>
    public void Add(string name, FieldSpace space) => Add(name, (eye, years) => EyeRates.Of(space, eye).Forecast(years));

    /// <summary>Every place stays at its mean; one that was never read is as the others.</summary>
    public void AddNoChange(string name) => Add(name, (eye, years) => new(years, [.. Enumerable.Range(0, eyes.Layout.Count).Select(
        place => eye.Fields.Select(field => field.Sensitivities[place]).Where(double.IsFinite)
            .DefaultIfEmpty(eye.Fields.Average(field => field.MeanSensitivity)).Average())], false, 0));

    public void Print()
    {
        foreach (var (name, errors) in _rows)
        {
            for (var i = 0; i < _visits.Length; i++)
                SampleResult.Print($"mae{_visits[i]}_{name}", errors[i], "dB", "F3");
        }
        if (Errors("vae8") is { Length: > 0 } vae && Errors("pointwise") is { Length: > 0 } pointwise)
            SampleResult.Print($"mae{_visits[^1]}_vae8_of_pointwise", 100 * vae[^1] / pointwise[^1], "%", "F1");
    }

    public string[][] Rows() => [.. _rows.Select(row => (string[])[row.Name.Replace('_', ' '),
        .. row.Errors.Select(error => error.ToString("F2", CultureInfo.InvariantCulture))])];

    public string[] Header() => ["predicted by", .. _visits.Select(visit => $"visit {visit}, dB")];

    private double[] Errors(string name) => _rows.FirstOrDefault(row => row.Name == name).Errors ?? [];
}
