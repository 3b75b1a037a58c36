using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Samples;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// The least time that an epoch's matrix products could take: their number of operations over the rate of one large product.
/// </summary>
internal static class ArithmeticFloor
{
    private const long Size = 1536;
    private const int Images = 60_000;

    // Weights of 784-300-300-(2×40) and 40-300-300-784. Each takes two operations forwards and four backwards, but for the first layer,
    // whose input needs no gradient.
    private const long EncoderInput = 784 * 300;
    private const long Weights = EncoderInput + 300 * 300 + 300 * 80 + 40 * 300 + 300 * 300 + 300 * 784;
    private const long OperationsPerImage = 6 * Weights - 2 * EncoderInput;

    public static void Print(int threads)
    {
        var rate = Rate(threads);
        SampleResult.Print("gemm_rate", rate / 1e9, "GFLOP/s", "F0");
        SampleResult.Print("floor", OperationsPerImage * (double)Images / rate, "s an epoch");
    }

    /// <summary>The least time that an image of the fully connected workload could take in a step.</summary>
    public static double SecondsAnImage(int threads) => OperationsPerImage / Rate(threads);

    private static double Rate(int threads)
    {
        torch.set_num_threads(threads);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (left, right) = (torch.randn([Size, Size]), torch.randn([Size, Size]));
        var seconds = Enumerable.Range(0, 20).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            left.mm(right).Dispose();
            return clock.Elapsed.TotalSeconds;
        });
        return 2.0 * Size * Size * Size / seconds;
    }
}
