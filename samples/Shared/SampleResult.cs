using System.Diagnostics;
using System.Globalization;

namespace VaeToolkit.Samples;

/// <summary>The lines that every sample ends with: <c>result: name = value unit</c>.</summary>
internal static class SampleResult
{
    public static void Print(string name, double value, string unit, string format = "F2")
        => Console.WriteLine($"result: {name} = {value.ToString(format, CultureInfo.InvariantCulture)} {unit}".TrimEnd());

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
        Console.WriteLine($"result: {name} = {centre} ± {spread} {unit}".TrimEnd());
    }

    /// <summary>The most memory that the process ever held.</summary>
    public static void PrintPeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        Print("peak_memory", process.PeakWorkingSet64 / 1e6, "MB", "F0");
    }
}
