using System.Globalization;
using System.Text;
using VaeToolkit.Reports;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>The comparison in numbers: means over subsets with their standard errors, and paired differences to the random start.</summary>
internal sealed class Table(IReadOnlyList<Cell> cells, IReadOnlyList<TargetMethod> methods, IReadOnlyList<int> sizes)
{
    private readonly ILookup<(TargetMethod, int), Cell> _cells = cells.ToLookup(cell => (cell.Method, cell.Size));

    /// <summary>All of it in Markdown.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        Rows(text, "Dice", methods, (method, size) => Entry(method, size, cell => cell.Dice, "F3"));
        if (methods.Contains(TargetMethod.RandomStart) && methods.Count > 1)
            Rows(text, "Dice − ri, 95 %", methods.Where(method => method != TargetMethod.RandomStart), Difference);
        Rows(text, "IoU", methods, (method, size) => Entry(method, size, cell => cell.Overlap, "F3"));
        Rows(text, "HD95, mm", methods, (method, size) => Entry(method, size, cell => cell.Hausdorff95, "F1"));
        return text.ToString();
    }

    /// <summary>A score against n, a curve for each method, with one standard error over subsets where there are several.</summary>
    public ReportChart Chart(string name, Func<Cell, double> score) => new()
    {
        Caption = $"{name} against n, ± standard error over subsets",
        X = "labelled volumes n",
        Y = name,
        Curves = [.. methods.Select(method => Curve(
            method, [.. sizes.Select(size => ScoreSummary.Of(MeansBySubset(method, size, score)))]))],
    };

    /// <summary>The mean over test patients of each subset.</summary>
    public double[] MeansBySubset(TargetMethod method, int size, Func<Cell, double> score)
        => [.. Subsets(method, size).Select(patients => patients.Average(score))];

    /// <summary>Seconds of a training step, the mean over all networks of a method.</summary>
    public double StepSeconds(TargetMethod method) => sizes.SelectMany(size => MeansBySubset(method, size, cell => cell.Seconds)).Average();

    private ReportCurve Curve(TargetMethod method, IReadOnlyList<ScoreSummary> summaries)
        => new(Cell.ShortName(method), [.. sizes.Select(size => (double)size)], [.. summaries.Select(summary => summary.Mean)])
        {
            Style = CurveStyle.LineAndPoints,
            Spread = [.. summaries.Select(summary => summary.Count > 1 ? summary.StandardError : 0)],
        };

    private void Rows(StringBuilder text, string title, IEnumerable<TargetMethod> rows, Func<TargetMethod, int, string> entry)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {title} |").AppendJoin("|", sizes.Select(size => $" n = {size} ")).AppendLine("|");
        text.Append("|---|").AppendJoin("|", sizes.Select(_ => "---")).AppendLine("|");
        foreach (var method in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {Cell.ShortName(method)} |")
                .AppendJoin("|", sizes.Select(size => $" {entry(method, size)} ")).AppendLine("|");
        text.AppendLine();
    }

    private string Entry(TargetMethod method, int size, Func<Cell, double> score, string format)
    {
        var summary = ScoreSummary.Of(MeansBySubset(method, size, score));
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return summary.Count == 1 ? Text(summary.Mean) : $"{Text(summary.Mean)} ± {Text(summary.StandardError)}";
    }

    private string Difference(TargetMethod method, int size)
    {
        // Of subsets that both have.
        var both = Subsets(method, size).Join(Subsets(TargetMethod.RandomStart, size), own => own.Key, start => start.Key,
            (own, start) => (Own: own.Select(cell => cell.Dice).ToList(), Start: start.Select(cell => cell.Dice).ToList())).ToList();
        return both.Count == 0 ? ""
            : PairedDifference.Of([.. both.Select(pair => pair.Own)], [.. both.Select(pair => pair.Start)]).ToString();
    }

    private IEnumerable<IGrouping<int, Cell>> Subsets(TargetMethod method, int size)
        => _cells[(method, size)].GroupBy(cell => cell.Subset).OrderBy(group => group.Key);
}
