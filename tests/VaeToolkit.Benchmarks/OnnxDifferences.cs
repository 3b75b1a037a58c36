using System.Globalization;
using VaeToolkit.Onnx.Tests;
using VaeToolkit.Onnx.Tests.Families;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// How far ONNX Runtime's answers are from TorchSharp's: every family of the tests' table by the tests' own comparison of 1,000 items, the
/// largest difference of all outputs of a file (as a share of the value where that is above one).
/// </summary>
internal static class OnnxDifferences
{
    private const string Sampler = "sampler";

    public static void Print()
    {
        Console.WriteLine("| family | networks | sampler |");
        Console.WriteLine("|---|--:|--:|");
        foreach (var name in FamilyTests.Names)
        {
            Agreement.Forget();
            using (var tests = new FamilyTests())
                tests.Answers_as_TorchSharp_does_on_a_thousand_items(name);
            var networks = Agreement.Largest.Where(pair => pair.Key != Sampler).Select(pair => (double?)pair.Value).Max();
            var sampler = Agreement.Largest.Where(pair => pair.Key == Sampler).Select(pair => (double?)pair.Value).Max();
            Console.WriteLine($"| {name} | {Text(networks)} | {Text(sampler)} |");
        }
    }

    private static string Text(double? difference) => difference?.ToString("0.0e+0", CultureInfo.InvariantCulture) ?? "";
}
