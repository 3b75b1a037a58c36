using System.Diagnostics;
using System.Globalization;

namespace VaeToolkit.Samples;

/// <summary>The lines that every sample ends with: <c>result: name = value unit</c>.</summary>
internal static class SampleResult
{
    public static void Print(string name, double value, string unit, string format = "F2")
        => Console.WriteLine($"result: {name} = {value.ToString(format, CultureInfo.InvariantCulture)} {unit}".TrimEnd());

    /// <summary>The most memory that the process ever held.</summary>
    public static void PrintPeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        Print("peak_memory", process.PeakWorkingSet64 / 1e6, "MB", "F0");
    }
}
