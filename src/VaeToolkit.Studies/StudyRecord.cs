namespace VaeToolkit.Studies;

/// <summary>What came of one run.</summary>
/// <param name="Setting">The setting's name.</param>
/// <param name="Seed">The seed, or the number of the fold.</param>
/// <param name="Description">The setting as text; a record of another text is not mixed with these.</param>
/// <param name="Figures">Its figures by name; empty when it failed.</param>
/// <param name="Error">Why it failed, or null.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record StudyRecord(
    string Setting, long Seed, string Description, IReadOnlyDictionary<string, double> Figures, string? Error, double Seconds)
{
    /// <summary>Whether it has figures.</summary>
    public bool Succeeded => Error is null;

    /// <summary>Setting and seed with the figures, or with the first line of why it failed, in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{Setting}, seed {Seed}, {Seconds:F1} s: ")
        + (Error is not null ? $"failed: {Error.Split('\n')[0].TrimEnd()}" : Figures.Count == 0 ? "no figures"
            : string.Join(", ", Figures.Select(figure => FormattableString.Invariant($"{figure.Key} {figure.Value:G6}"))));
}
