using System.Diagnostics;
using MathNet.Numerics.Statistics;
using VaeToolkit.Samples;
using VaeToolkit.Studies;
using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks;

/// <summary>
/// A study of eight short runs by turns, one after the other and in two worker processes, with one thread each; and what the machine gives
/// two processes, from how long the runs themselves took.
/// </summary>
internal static class StudyWorkload
{
    public static void Run(SampleArguments arguments)
    {
        var (epochs, rounds) = (arguments.Number("--epochs", 3), arguments.Number("--rounds", 5));
        var folder = Environment.GetEnvironmentVariable("VAETOOLKIT_BENCHMARK_STUDY");
        var own = folder is null;
        // The workers are to find the same folder.
        folder ??= Directory.CreateTempSubdirectory("vaetoolkit-study-").FullName;
        Environment.SetEnvironmentVariable("VAETOOLKIT_BENCHMARK_STUDY", folder);
        try
        {
            var study = new Study<int>(folder, new Dictionary<string, int> { ["mlp"] = epochs }, [1, 2, 3, 4, 5, 6, 7, 8], Train);
            var turns = Enumerable.Range(1, rounds).Select(round => Turn(study, round)).ToArray();
            SampleResult.Print("study_one_after_another", turns.Select(turn => turn.Alone).Median(), "s", "F1");
            SampleResult.Print("study_two_at_a_time", turns.Select(turn => turn.Together).Median(), "s", "F1");
            SampleResult.Print("study_ratio", turns.Select(turn => turn.Ratio).Median(), "");
            SampleResult.Print("study_ratio_of_the_runs_alone", turns.Select(turn => turn.Machine).Median(), "");
        }
        finally
        {
            if (own)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static StudyTurn Turn(Study<int> study, int round)
    {
        var (alone, runsAlone) = Timed(study, processes: 1);
        var (together, runsTogether) = Timed(study, processes: 2);
        var turn = new StudyTurn(alone, together, 2 * runsAlone / runsTogether);
        Console.WriteLine(FormattableString.Invariant(
            $"round {round}: {alone:F1} s, {together:F1} s, {turn.Ratio:F2} times as fast; the runs alone {turn.Machine:F2}"));
        return turn;
    }

    private static (double Study, double Runs) Timed(Study<int> study, int processes)
    {
        var clock = Stopwatch.StartNew();
        var results = study.Run(new() { Processes = processes, ThreadsEach = 1, Resume = false });
        return (clock.Elapsed.TotalSeconds, results.Values("mlp", "seconds").Values.Sum());
    }

    private static Dictionary<string, double> Train(StudyRun<int> run)
    {
        using var seed = SeedScope.Begin(run.Seed);
        using var data = ImageData.SyntheticDigits(20_000, 0, run.Seed);
        using var vae = new Vae(
            new MlpEncoder(784, 40, [300, 300]), new MlpDecoder(40, [300, 300], ObservationModel.Bernoulli(784)),
            new StandardNormalPrior(40));
        Trainer.Fit(vae, new Elbo(), data, options: new() { Epochs = run.Setting, BatchSize = 100, Seed = run.Seed });
        using var process = Process.GetCurrentProcess();
        return new() { ["seconds"] = (DateTime.Now - process.StartTime).TotalSeconds };
    }

    // Machine: two runs' speed over one's, by the runs' own clocks, without what the study adds.
    private sealed record StudyTurn(double Alone, double Together, double Machine)
    {
        public double Ratio => Alone / Together;
    }
}
