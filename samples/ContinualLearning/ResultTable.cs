using System.Globalization;
using VaeToolkit.Reports;
using VaeToolkit.Studies;

namespace VaeToolkit.Samples;

/// <summary>Figures by number of tasks and by method, as a table and as result lines.</summary>
internal sealed class ResultTable(StudyResults results, IReadOnlyList<string> tasks)
{
    private readonly IReadOnlyList<string> _methods = [.. results.Succeeded()];

    public void Print()
    {
        PrintTable("negative log-likelihood, nats", "nll", "F2");
        PrintTable("diversity KL(u, p), nats", "diversity", "F3");
    }

    public void PrintResults()
    {
        foreach (var method in _methods)
        {
            for (var task = 1; task <= tasks.Count; task++)
            {
                Print(method, $"nll_{task}", "nats");
                Print(method, $"diversity_{task}", "nats", "F3");
                Print(method, $"diversity_bernoulli_{task}", "nats", "F3");
            }
            Print(method, "forgetting", "nats");
            Print(method, "backward_transfer", "nats");
            Print(method, "processor_time", "s", "F0");
        }
    }

    /// <summary>For each method the first run's likelihoods of every task after every task, and what it generates.</summary>
    public IEnumerable<ReportSection> Sections(string output) => _methods.Select(method =>
    {
        var run = results.Records.First(record => record.Setting == method && record.Succeeded);
        var values = new double[tasks.Count, tasks.Count];
        for (var row = 0; row < tasks.Count; row++)
        {
            for (var column = 0; column < tasks.Count; column++)
                values[row, column] = run.Figures.GetValueOrDefault($"matrix_{row}_{column}", double.NaN);
        }
        var matrix = ReportSections.TaskMatrix("Negative log-likelihood of a task's test images, nats", values, tasks);
        return new ReportSection(method, [.. matrix.Blocks, ReportPictures.Read(
            "Samples, a row after each task", "A row of generated images after each task.",
            Path.Combine(output, method, $"seed-{run.Seed}", "samples.png"))]);
    });

    private void Print(string method, string figure, string unit, string format = "F2")
        => results.Print(method, figure, unit, format, $"{method}_{figure}");

    private void PrintTable(string title, string figure, string format)
    {
        Console.WriteLine($"{title}; all runs of a method, by number of tasks");
        Console.WriteLine("| tasks | " + string.Join(" | ", _methods) + " |");
        for (var task = 1; task <= tasks.Count; task++)
        {
            var cells = _methods.Select(method => string.Join(", ", results.Values(method, $"{figure}_{task}").Values.Select(
                value => value.ToString(format, CultureInfo.InvariantCulture))));
            Console.WriteLine($"| {task} | {string.Join(" | ", cells)} |");
        }
    }
}
