using System.Collections.Concurrent;
using TorchSharp;

namespace VaeToolkit.Onnx.Tests;

/// <summary>How close what ONNX Runtime answers is to what TorchSharp answers.</summary>
internal static class Agreement
{
    private const double Tolerance = 1e-5;

    public const int Items = 1000;

    private static readonly ConcurrentDictionary<string, double> s_largest = [];

    /// <summary>The largest difference of every kind of file since <see cref="Forget"/>, by the file's name.</summary>
    public static IReadOnlyDictionary<string, double> Largest => s_largest;

    /// <summary>Begins anew.</summary>
    public static void Forget() => s_largest.Clear();

    /// <summary>The batches that go through one file.</summary>
    private static readonly int[] s_batches = [1, 7, Items];

    /// <summary>
    /// Requires outputs of one file to be the expected ones within 1e-5, of the value's size where that is above one, in batches of 1, 7
    /// and 1,000 rows.
    /// </summary>
    public static void Require(
        string path, IReadOnlyDictionary<string, torch.Tensor> inputs, IReadOnlyDictionary<string, torch.Tensor> expected)
    {
        using var scope = torch.NewDisposeScope();
        using var run = new OnnxRun(path);
        run.Inputs.Should().BeEquivalentTo(inputs.Keys);
        foreach (var batch in s_batches)
        {
            var rows = inputs.ToDictionary(pair => pair.Key, pair => pair.Value.narrow(0, 0, batch));
            var outputs = run.Run(rows);
            outputs.Keys.Should().BeEquivalentTo(expected.Keys);
            foreach (var (name, actual) in outputs)
            {
                var difference = RequireClose(actual, expected[name], batch, name);
                s_largest.AddOrUpdate(Path.GetFileNameWithoutExtension(path), difference, (_, other) => Math.Max(other, difference));
            }
        }
    }

    private static double RequireClose(torch.Tensor actual, torch.Tensor expected, int batch, string name)
    {
        // A parameter that all values share has one number.
        var shared = actual.NumberOfElements == 1 && expected.NumberOfElements != Items;
        var wanted = shared ? expected : expected.narrow(0, 0, batch);
        if (!shared)
            actual.shape.Should().Equal(wanted.shape, name);
        // Infinities are the same or they are not.
        if (actual.eq(wanted).all().ToBoolean())
            return 0;
        var difference = ((actual - wanted).abs() / wanted.abs().clamp_min(1)).max().ToDouble();
        difference.Should().BeLessThan(Tolerance, "{0} of {1} rows", name, batch);
        wanted.isfinite().all().ToBoolean().Should().BeTrue();
        return difference;
    }
}
