namespace VaeToolkit.Studies;

/// <summary>How far a study is; its text is a table.</summary>
/// <param name="Settings">Every setting's runs: done, failed, running and waiting.</param>
/// <param name="Latest">The record that has just come, or null.</param>
public sealed record StudyProgress(IReadOnlyList<StudyProgressRow> Settings, StudyRecord? Latest)
{
    /// <summary>Runs that have ended, failed ones among them.</summary>
    public int Ended => Settings.Sum(row => row.Done + row.Failed);

    /// <summary>All runs.</summary>
    public int Total => Settings.Sum(row => row.Done + row.Failed + row.Running + row.Waiting);

    /// <summary>The table.</summary>
    public override string ToString() => new TextTable("setting", "done", "failed", "running", "waiting")
        .AddAll(Settings.Select(row => new[] { row.Setting, Text(row.Done), Text(row.Failed), Text(row.Running), Text(row.Waiting) }))
        .ToString();

    private static string Text(int count) => TextTable.Number(count, "F0");
}
