using System.Diagnostics;
using TorchSharp;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// Small calls of a frozen model by several threads at once: whether their answers are the sequential ones, how many there are a second,
/// and what is left of them.
/// </summary>
internal static class ServingWorkload
{
    private const int DifferentCalls = 300;
    private const int Parts = 10;

    public static void Run(SampleArguments arguments)
    {
        var (calls, callers) = (arguments.Number("--calls", 100_000), arguments.Number("--callers", 8));
        using var seed = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var scope = torch.NewDisposeScope();
        using var vae = TrainingWorkload.NewModel();
        using var frozen = vae.Freeze();
        var image = torch.rand(1, 784).round();
        var expected = Enumerable.Range(0, DifferentCalls).Select(call => Ask(frozen, image, call)).ToArray();
        // Every thread's pools of memory fill first.
        _ = Serve(Math.Max(calls / 20, 10_000), callers, frozen, image, expected);
        var (tensors, memory) = (LiveTensors(), Environment.WorkingSet);
        var clock = Stopwatch.StartNew();
        var wrong = 0;
        for (var part = 1; part <= Parts; part++)
        {
            wrong += Serve(calls / Parts, callers, frozen, image, expected);
            Console.WriteLine($"{part * (calls / Parts)} calls, {clock.Elapsed.TotalSeconds:F0} s, {wrong} wrong, "
                + $"{LiveTensors() - tensors} tensors and {(Environment.WorkingSet - memory) / 1e6:F1} MB more than before");
        }
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{calls} calls of one image by {callers} threads, {wrong} of them with another answer than alone");
        SampleResult.Print("calls_per_second", calls / seconds, "/s", "F0");
        SampleResult.Print("tensors_left", LiveTensors() - tensors, "", "F0");
        SampleResult.Print("memory_added", (Environment.WorkingSet - memory) / 1e6, "MB", "F1");
    }

    private static int Serve(int calls, int callers, FrozenVae frozen, torch.Tensor image, byte[][] expected)
    {
        var (next, wrong) = (-1, 0);
        var threads = Enumerable.Range(0, callers).Select(_ => new Thread(() =>
        {
            for (int call; (call = Interlocked.Increment(ref next)) < calls;)
            {
                if (!Ask(frozen, image, call % DifferentCalls).AsSpan().SequenceEqual(expected[call % DifferentCalls]))
                    Interlocked.Increment(ref wrong);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return wrong;
    }

    private static byte[] Ask(FrozenVae frozen, torch.Tensor image, int call)
    {
        using var scope = torch.NewDisposeScope();
        var answer = (call % 3) switch
        {
            0 => frozen.Reconstruct(image),
            1 => frozen.Sample(1, seed: call),
            _ => frozen.Encode(image).Mean,
        };
        return answer.contiguous().bytes.ToArray();
    }

    private static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
