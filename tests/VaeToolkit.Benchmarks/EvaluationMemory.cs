using System.Diagnostics;
using VaeToolkit.Evaluation;
using VaeToolkit.Samples;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>How much an evaluation with many importance samples adds to the resident memory of a process.</summary>
internal static class EvaluationMemory
{
    public static void Run(SampleArguments arguments)
    {
        using var data = TrainingWorkload.Images(arguments);
        using var scope = SeedScope.Begin(arguments.Number("--seed", 0, least: 0));
        using var vae = TrainingWorkload.NewModel();
        // One evaluation with few samples first: code, thread buffers and the images' own copies are not what is measured.
        Evaluate.NegativeLogLikelihood(vae, data.Test!.First(100), new ImportanceOptions { Samples = 10 });
        // Reading the images peaks higher than what stays.
        PeakMemory.Forget();
        var before = PeakMemory.Megabytes();
        var clock = Stopwatch.StartNew();
        var nll = Evaluate.NegativeLogLikelihood(
            vae, data.Test!.First(100), new ImportanceOptions { Samples = arguments.Number("--samples", 5_000) });
        Console.WriteLine(nll);
        SampleResult.Print("evaluation_seconds", clock.Elapsed.TotalSeconds, "s");
        SampleResult.Print("peak_memory_before", before, "MB", "F0");
        SampleResult.Print("peak_memory_added", PeakMemory.Megabytes() - before, "MB", "F1");
    }
}
