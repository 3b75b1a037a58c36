using System.Globalization;

namespace VaeToolkit.Reports;

/// <summary>Numbers with as many digits as a reader can use.</summary>
internal static class Digits
{
    private const int MostPlaces = 7;

    /// <summary>Four significant digits, at least to the ones place; an empty text for NaN.</summary>
    public static string Of(double value)
    {
        var size = Math.Abs(value);
        return size switch
        {
            _ when double.IsNaN(value) => "",
            0 => "0",
            >= 1e7 or < 1e-4 => value.ToString("0.###e0", CultureInfo.InvariantCulture),
            >= 1e4 => value.ToString("#,0", CultureInfo.InvariantCulture),
            _ => value.ToString("F" + Math.Clamp(3 - (int)Math.Floor(Math.Log10(size)), 0, 7), CultureInfo.InvariantCulture),
        };
    }

    /// <summary>How numbers that are compared with one another are written: with the places that the largest has of four digits.</summary>
    public static string Format(IEnumerable<double> values)
    {
        var largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        // Less than that has nothing left of four digits.
        if (largest is > 0 and < 1e-4)
            return "0.###e0";
        return "F" + (largest > 0 ? Math.Clamp(3 - (int)Math.Floor(Math.Log10(largest)), 0, 7) : 0);
    }

    /// <summary>A value with its standard error of two significant digits, such as <c>101.32 ± 0.45</c>.</summary>
    public static string Of(double value, double error)
    {
        if (!(error > 0) || !double.IsFinite(error))
            return Of(value);
        var places = 1 - (int)Math.Floor(Math.Log10(error));
        if (places <= MostPlaces)
            return Pair(value, error, "N" + Math.Max(places, 0).ToString(CultureInfo.InvariantCulture));
        var exponent = (int)Math.Floor(Math.Log10(Math.Max(Math.Abs(value), error)));
        var unit = Math.Pow(10, exponent);
        var digits = Math.Clamp(places + exponent, 0, MostPlaces).ToString(CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"({Pair(value / unit, error / unit, "F" + digits)})e{exponent}");
    }

    /// <summary>The ticks of one axis, with as many digits as tell them apart.</summary>
    public static IReadOnlyList<string> Ticks(IReadOnlyList<double> values)
    {
        var largest = values.Select(Math.Abs).DefaultIfEmpty(0).Max();
        // What rounding has left of a zero.
        double[] exact = [.. values.Select(value => Math.Abs(value) < 1e-9 * largest ? 0 : value)];
        string[] texts = [.. exact.Select(Tick)];
        var (before, after) = largest is >= 1e7 or < 1e-3 ? ("0.", "e0") : ("#,0.", "");
        for (var digits = 1; digits <= 12 && texts.Distinct().Count() < texts.Length; digits++)
        {
            var format = before + new string('#', digits) + after;
            texts = [.. exact.Select(value => value == 0 ? "0" : value.ToString(format, CultureInfo.InvariantCulture))];
        }
        return texts;
    }

    /// <summary>A tick of an axis, as short as it can be.</summary>
    public static string Tick(double value) => Math.Abs(value) switch
    {
        < 1e-12 => "0",
        >= 1e5 or < 1e-3 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    private static string Pair(double value, double error, string format)
        => $"{value.ToString(format, CultureInfo.InvariantCulture)} ± {error.ToString(format, CultureInfo.InvariantCulture)}";

    /// <summary>A whole number.</summary>
    public static string Of(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share, in percent.</summary>
    public static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    /// <summary>A duration: seconds below two minutes, then minutes or hours.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:G3} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:F1} h"),
    };
}
