using VaeToolkit.Reports;

namespace VaeToolkit.Samples;

/// <summary>A sample's page: its results as a table, and what else it has to show.</summary>
internal static class SamplePage
{
    /// <param name="folder">Where <c>report.html</c> goes.</param>
    /// <param name="title">The heading.</param>
    /// <param name="sections">What else it shows.</param>
    public static void Write(string folder, string title, params IEnumerable<ReportSection> sections)
    {
        var results = new ReportTable(
            "Every figure that was printed", ["figure", "value", "unit"],
            [.. SampleResult.Printed.Select(result => (string[])[result.Name.Replace('_', ' '), result.Value, result.Unit])]);
        var path = Report.WritePage(Path.Combine(folder, Report.FileName), title, [.. sections, new("Results", results)]);
        Console.WriteLine($"report: {Path.GetFullPath(path)}");
    }

    /// <summary>A section with a picture that the sample has written.</summary>
    public static ReportSection Picture(string title, string what, string path) => new(title, ReportPictures.Read(what, what, path));
}
