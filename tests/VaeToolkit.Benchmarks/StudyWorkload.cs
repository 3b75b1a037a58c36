using System.Diagnostics;
using VaeToolkit.Samples;
using VaeToolkit.Studies;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>A study of eight short runs, one after the other with one thread, and in two worker processes of one thread each.</summary>
internal static class StudyWorkload
{
    public static void Run(SampleArguments arguments)
    {
        var epochs = arguments.Number("--epochs", 3);
        var folder = Environment.GetEnvironmentVariable("VAETOOLKIT_BENCHMARK_STUDY");
        var own = folder is null;
        // The workers are to find the same folder.
        folder ??= Directory.CreateTempSubdirectory("vaetoolkit-study-").FullName;
        Environment.SetEnvironmentVariable("VAETOOLKIT_BENCHMARK_STUDY", folder);
        try
        {
            var study = new Study<int>(folder, new Dictionary<string, int> { ["mlp"] = epochs }, [1, 2, 3, 4, 5, 6, 7, 8], Train);
            var clock = Stopwatch.StartNew();
            study.Run(new() { Processes = 1, ThreadsEach = 1 });
            var alone = clock.Elapsed.TotalSeconds;
            clock.Restart();
            var results = study.Run(new() { Processes = 2, ThreadsEach = 1, Resume = false });
            var together = clock.Elapsed.TotalSeconds;
            Console.WriteLine(results);
            SampleResult.Print("study_one_after_another", alone, "s", "F1");
            SampleResult.Print("study_two_at_a_time", together, "s", "F1");
            SampleResult.Print("study_ratio", alone / together, "");
        }
        finally
        {
            if (own)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static Dictionary<string, double> Train(StudyRun<int> run)
    {
        using var seed = SeedScope.Begin(run.Seed);
        using var data = ImageData.SyntheticDigits(20_000, 0, run.Seed);
        using var vae = new Vae(
            new MlpEncoder(784, 40, [300, 300]), new MlpDecoder(40, [300, 300], ObservationModel.Bernoulli(784)),
            new StandardNormalPrior(40));
        var result = Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = run.Setting, BatchSize = 100, Seed = run.Seed });
        return new() { ["loss"] = result.History[^1].TrainLoss };
    }
}
