using VaeToolkit.VisualFields;

namespace Documentation.Pages;

internal static class VisualFieldsPackage
{
    public static void Program()
    {
        #region
        // An eye that loses 2 dB a year at every place; FieldCohort.Read reads eyes from a CSV file.
        var layout = FieldLayout.TwentyFourTwo;
        var fields = Enumerable.Range(0, 6).Select(visit => new VisualField(visit * 0.5, [.. layout.Places.Select(_ => 28.0 - visit)]));
        var eye = new FieldSeries("right", "patient 1", [.. fields]);
        Console.WriteLine(EyeRates.Of(new PlacewiseSpace(layout), eye).Forecast(years: 5));
        #endregion
    }
}
