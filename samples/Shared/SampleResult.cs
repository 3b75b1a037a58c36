using System.Diagnostics;
using System.Globalization;

namespace VaeToolkit.Samples;

/// <summary>The lines that every sample ends with: <c>result: name = value unit</c>.</summary>
internal static class SampleResult
{
    private static readonly List<(string Name, string Value, string Unit)> s_printed = [];

    /// <summary>What was printed so far.</summary>
    public static IReadOnlyList<(string Name, string Value, string Unit)> Printed => s_printed;

    public static void Print(string name, double value, string unit, string format = "F2")
        => PrintText(name, value.ToString(format, CultureInfo.InvariantCulture), unit);

    public static void PrintText(string name, string value, string unit)
    {
        s_printed.Add((name, value, unit));
        Console.WriteLine($"result: {name} = {value} {unit}".TrimEnd());
    }

    /// <summary>The mean over runs, with its standard error where there are several.</summary>
    public static void Print(string name, IEnumerable<double> runs, string unit, string format = "F2")
    {
        var values = runs.ToArray();
        var mean = values.Average();
        if (values.Length == 1)
        {
            Print(name, mean, unit, format);
            return;
        }
        var error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
        var (centre, spread) = (mean.ToString(format, CultureInfo.InvariantCulture), error.ToString(format, CultureInfo.InvariantCulture));
        PrintText(name, $"{centre} ± {spread}", unit);
    }

    /// <summary>The most memory that the process ever held.</summary>
    public static void PrintPeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        Print("peak_memory", process.PeakWorkingSet64 / 1e6, "MB", "F0");
    }
}
