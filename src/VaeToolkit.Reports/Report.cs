using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>
/// Pages that show runs: each one file of HTML that needs nothing else, loads nothing and runs no script. They are made from the run's
/// folder, so that an old run can be reported later.
/// </summary>
public static class Report
{
    /// <summary>The page's name in a run's folder.</summary>
    public const string FileName = "report.html";

    private const string Note = "Losses and divergences are means over items, in nats, unless the objective says otherwise.";

    private static readonly IReportSection[] s_results =
    [
        new TrainingCurves(), new Constraint(), new RankWork(), new Reconstructions(), new Samples(), new Traversals(),
        new LatentSpace(), new ActiveUnits(), new Likelihoods(), new Calibration(),
    ];

    private static readonly IReportSection[] s_circumstances = [new DataSummary(), new Settings(), new Surroundings()];

    /// <summary>
    /// Writes a run's page, <c>report.html</c> in its folder, in place of an older one. What the run has nothing for is left out. The
    /// caller's random numbers are left as they were.
    /// </summary>
    /// <param name="runFolder">The folder: <see cref="TrainingOptions.CheckpointDirectory"/>.</param>
    /// <param name="options">Data to look at and sections of your own; null for what the folder has alone.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="FileNotFoundException">The folder has no finished epoch.</exception>
    /// <exception cref="InvalidDataException">A file of the folder is damaged; the message names it and the line.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static string Write(string runFolder, ReportOptions? options = null)
    {
        options = (options ?? new()).Validated();
        using var seed = SeedScope.Begin(options.Seed);
        using var context = new ReportContext(RunRecord.Read(runFolder), options);
        var sections = s_results.Concat(options.Sections).Concat(s_circumstances).Select(section => section.Make(context));
        var findings = RunFindings.Of(context.Run, context.Latents?.Activity);
        var page = new ReportPage(
            options.Title ?? context.Run.Name, RunSummary.Of(context, findings), [.. sections.OfType<ReportSection>()])
        {
            Findings = findings,
            Facts = [.. RunSummary.Facts(context)],
            Note = Note,
        };
        var path = Path.Combine(runFolder, FileName);
        page.Save(path);
        return path;
    }

    /// <summary>
    /// Writes one page for several runs: their best epochs, curves over one another, and the settings in which they differ.
    /// </summary>
    /// <param name="runFolders">The runs' folders, at least one.</param>
    /// <param name="path">Where the page goes.</param>
    /// <param name="options">Data to score the models on, and a title; null for what the folders have.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="ArgumentException">There are no folders.</exception>
    /// <exception cref="FileNotFoundException">A folder has no finished epoch.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it and the line.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static string Compare(IReadOnlyList<string> runFolders, string path, ReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runFolders);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (runFolders.Count == 0)
            throw new ArgumentException("there are no runs to compare", nameof(runFolders));
        options = (options ?? new()).Validated();
        using var seed = SeedScope.Begin(options.Seed);
        var comparison = RunComparison.Of(runFolders, options);
        var title = options.Title
            ?? (runFolders.Count == 1 ? comparison.Names[0] : FormattableString.Invariant($"{runFolders.Count} runs"));
        new ReportPage(title, comparison.Summary(), [.. comparison.Sections(), .. options.Sections.OfType<ReportSection>()])
        {
            Note = Note,
        }.Save(path);
        return path;
    }

    /// <summary>Writes a page of sections alone, for what is no training run.</summary>
    /// <param name="path">Where the page goes.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="sections">The sections; one without blocks is left out.</param>
    /// <param name="summary">A sentence below the heading; null for none.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static string WritePage(string path, string title, IReadOnlyList<ReportSection> sections, string? summary = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(title);
        ArgumentNullException.ThrowIfNull(sections);
        new ReportPage(title, summary, sections).Save(path);
        return path;
    }
}
