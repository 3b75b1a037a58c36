using System.Globalization;
using VaeToolkit.Reports;

namespace VaeToolkit.Samples;

/// <summary>Figures by number of tasks and by method, as a table and as result lines.</summary>
internal sealed class ResultTable(IReadOnlyList<(string Method, IReadOnlyList<Outcome> Runs)> outcomes)
{
    private int Tasks => outcomes[0].Runs[0].Diversities.Count;

    public void Print()
    {
        PrintTable("negative log-likelihood, nats", (run, task) => run.Result.Overall(task), "F2");
        PrintTable("diversity KL(u, p), nats", (run, task) => run.Diversities[task].Categorical, "F3");
    }

    public void PrintResults()
    {
        foreach (var (method, runs) in outcomes)
        {
            for (var task = 0; task < Tasks; task++)
            {
                SampleResult.Print($"{method}_nll_{task + 1}", runs.Select(run => run.Result.Overall(task)), "nats");
                SampleResult.Print($"{method}_diversity_{task + 1}", runs.Select(run => run.Diversities[task].Categorical), "nats", "F3");
                SampleResult.Print(
                    $"{method}_diversity_bernoulli_{task + 1}", runs.Select(run => run.Diversities[task].BernoulliSum), "nats", "F3");
            }
            SampleResult.Print($"{method}_forgetting", runs.Select(run => run.Result.Forgetting), "nats");
            SampleResult.Print($"{method}_backward_transfer", runs.Select(run => run.Result.BackwardTransfer), "nats");
            SampleResult.Print($"{method}_processor_time", runs.Select(run => run.Result.ProcessorSeconds.Sum()), "s", "F0");
        }
    }

    /// <summary>For each method the first run's likelihoods of every task after every task, and what it generates.</summary>
    public IEnumerable<ReportSection> Sections(string output, int firstSeed) => outcomes.Select(outcome =>
    {
        var result = outcome.Runs[0].Result;
        var values = new double[result.Matrix.Count, result.Tasks.Count];
        for (var row = 0; row < result.Matrix.Count; row++)
        {
            for (var column = 0; column < result.Tasks.Count; column++)
                values[row, column] = column < result.Matrix[row].Count ? result.Matrix[row][column] : double.NaN;
        }
        var matrix = ReportSections.TaskMatrix("Negative log-likelihood of a task's test images, nats", values, result.Tasks);
        return new ReportSection(outcome.Method, [.. matrix.Blocks, ReportPictures.Read(
            "Samples, a row after each task", "A row of generated images after each task.",
            Path.Combine(output, $"{outcome.Method}-{firstSeed}", "samples.png"))]);
    });

    private void PrintTable(string title, Func<Outcome, int, double> figure, string format)
    {
        Console.WriteLine($"{title}; all runs of a method, by number of tasks");
        Console.WriteLine("| tasks | " + string.Join(" | ", outcomes.Select(outcome => outcome.Method)) + " |");
        for (var task = 0; task < Tasks; task++)
        {
            var cells = outcomes.Select(
                outcome => string.Join(", ", outcome.Runs.Select(run => figure(run, task).ToString(format, CultureInfo.InvariantCulture))));
            Console.WriteLine($"| {task + 1} | {string.Join(" | ", cells)} |");
        }
    }
}
