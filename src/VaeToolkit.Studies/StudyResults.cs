namespace VaeToolkit.Studies;

/// <summary>The records of a study and what they come to. Runs that failed are listed, and count nowhere.</summary>
public sealed class StudyResults
{
    private readonly Dictionary<string, Dictionary<long, StudyRecord>> _succeeded;

    internal StudyResults(IReadOnlyList<string> settings, IReadOnlyList<StudyRecord> records, int missing)
    {
        (Settings, Records, Missing) = (settings, records, missing);
        _succeeded = settings.ToDictionary(
            name => name,
            name => records.Where(record => record.Setting == name && record.Succeeded).ToDictionary(record => record.Seed));
    }

    /// <summary>Names of the settings, in order.</summary>
    public IReadOnlyList<string> Settings { get; }

    /// <summary>What came of every run that has ended, by setting and then by seed.</summary>
    public IReadOnlyList<StudyRecord> Records { get; }

    /// <summary>Runs that have not ended: they are other processes', or the study was stopped.</summary>
    public int Missing { get; }

    /// <summary>The runs that failed.</summary>
    public IReadOnlyList<StudyRecord> Failed => [.. Records.Where(record => !record.Succeeded)];

    /// <summary>
    /// What is wrong with runs that succeeded, a sentence each: a figure that is NaN or infinite, and one that other runs have and this one
    /// has not.
    /// </summary>
    public IReadOnlyList<string> Findings
    {
        get
        {
            var figures = Figures;
            return [.. Records.Where(record => record.Succeeded).SelectMany(record => figures.Select(figure => Finding(record, figure)))
                .OfType<string>()];
        }
    }

    /// <summary>Names of the figures, in the order in which they first come.</summary>
    public IReadOnlyList<string> Figures => [.. Records.SelectMany(record => record.Figures.Keys).Distinct()];

    /// <summary>A figure of every run of a setting that has it, by seed.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="figure">The figure.</param>
    /// <exception cref="ArgumentException">There is no such setting, or no run of it has the figure.</exception>
    public IReadOnlyDictionary<long, double> Values(string setting, string figure)
    {
        if (!_succeeded.TryGetValue(setting, out var records))
            throw new ArgumentException($"there is no setting '{setting}'; there are {string.Join(", ", Settings)}", nameof(setting));
        var values = new SortedDictionary<long, double>();
        foreach (var (seed, record) in records)
        {
            if (record.Figures.TryGetValue(figure, out var value))
                values.Add(seed, value);
        }
        return values.Count > 0 ? values : throw new ArgumentException(
            $"no run of '{setting}' has the figure '{figure}'; {records.Count} of its runs succeeded, and the study's figures are "
            + $"{(Figures.Count == 0 ? "none" : string.Join(", ", Figures))}", nameof(figure));
    }

    /// <summary>The mean of a figure over a setting's runs.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="level">The interval's level, between 0 and 1; default 0.95.</param>
    /// <exception cref="ArgumentException">As of <see cref="Values"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is out of range.</exception>
    public StudyEstimate Mean(string setting, string figure, double level = 0.95)
        => StudyEstimate.Of([.. Values(setting, figure).Values], level);

    /// <summary>
    /// The mean of the differences first − second, taken seed by seed over the seeds that both have: what varies from seed to seed and is
    /// common to both, such as the split of the data, does not count.
    /// </summary>
    /// <param name="first">The setting whose figure is taken.</param>
    /// <param name="second">The setting that it is compared with.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="level">The interval's level, between 0 and 1; default 0.95.</param>
    /// <exception cref="ArgumentException">As of <see cref="Values"/>, or no seed has both.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is out of range.</exception>
    public StudyEstimate Difference(string first, string second, string figure, double level = 0.95)
    {
        var (ours, theirs) = (Values(first, figure), Values(second, figure));
        double[] differences = [.. ours.Where(pair => theirs.ContainsKey(pair.Key)).Select(pair => pair.Value - theirs[pair.Key])];
        return differences.Length > 0 ? StudyEstimate.Of(differences, level) : throw new ArgumentException(
            $"no seed has '{figure}' of both '{first}' and '{second}'", nameof(figure));
    }

    /// <summary>
    /// A table of means and standard errors, the runs that failed with the first line of why, and the <see cref="Findings"/>.
    /// </summary>
    public override string ToString()
    {
        var figures = Figures;
        var table = new TextTable(["setting", "runs", .. figures]).AddAll(Settings.Select(setting => (string[])
        [
            setting, TextTable.Number(_succeeded[setting].Count, "F0"), .. figures.Select(figure => Cell(setting, figure)),
        ]));
        var lines = Failed.Select(record => $"failed: {record.Setting}, seed {record.Seed}: {record.Error!.Split('\n')[0].TrimEnd()}");
        return string.Join(Environment.NewLine, [table.ToString(), .. lines, .. Findings]);
    }

    private static string? Finding(StudyRecord record, string figure)
    {
        var isThere = record.Figures.TryGetValue(figure, out var value);
        var problem = isThere ? FormattableString.Invariant($"'{figure}' is {value}") : $"there is no '{figure}', which other runs have";
        return isThere && double.IsFinite(value) ? null : FormattableString.Invariant($"{record.Setting}, seed {record.Seed}: {problem}");
    }

    private string Cell(string setting, string figure)
    {
        if (!_succeeded[setting].Values.Any(record => record.Figures.ContainsKey(figure)))
            return "-";
        var estimate = Mean(setting, figure);
        return TextTable.Number(estimate.Mean, 5) + (estimate.Runs < 2 ? "" : $" ± {TextTable.Number(estimate.StandardError, 2)}");
    }
}
