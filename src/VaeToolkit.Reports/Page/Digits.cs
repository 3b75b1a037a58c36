using System.Globalization;

namespace VaeToolkit.Reports;

/// <summary>Numbers with as many digits as a reader can use.</summary>
internal static class Digits
{
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
        return "F" + (largest > 0 ? Math.Clamp(3 - (int)Math.Floor(Math.Log10(largest)), 0, 7) : 0);
    }

    /// <summary>A value with its standard error of two significant digits, such as <c>101.32 ± 0.45</c>.</summary>
    public static string Of(double value, double error)
    {
        if (!(error > 0) || !double.IsFinite(error))
            return Of(value);
        var places = Math.Clamp(1 - (int)Math.Floor(Math.Log10(error)), 0, 7);
        var format = "N" + places.ToString(CultureInfo.InvariantCulture);
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} ± {error.ToString(format, CultureInfo.InvariantCulture)}";
    }

    /// <summary>A tick of an axis, as short as it can be.</summary>
    public static string Tick(double value) => Math.Abs(value) switch
    {
        < 1e-12 => "0",
        >= 1e5 or < 1e-3 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.####", CultureInfo.InvariantCulture),
    };

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
