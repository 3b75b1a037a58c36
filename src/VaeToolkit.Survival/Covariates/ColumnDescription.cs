namespace VaeToolkit.Survival;

/// <summary>A fitted column as files hold it.</summary>
/// <param name="Column">The column, with its levels if it has any.</param>
/// <param name="Centre">The training rows' mean; 0 for a column with levels.</param>
/// <param name="Scale">Their standard deviation; 1 for a column with levels.</param>
/// <param name="DesignMeans">Their means as a regression sees the column.</param>
public sealed record ColumnDescription(CovariateColumn Column, double Centre, double Scale, IReadOnlyList<double> DesignMeans)
{
    /// <summary>The column, and its levels or its mean and standard deviation.</summary>
    public override string ToString() => $"{Column}, " + (Column.Levels is { } levels ? string.Join(" ", levels)
        : FormattableString.Invariant($"mean {Centre:G6}, standard deviation {Scale:G6}"));

    /// <summary>Requires it to be one that could have been fitted.</summary>
    /// <exception cref="FormatException">This is no column that could have been fitted.</exception>
    public void Validate()
    {
        if (Column.HasLevels != Column.Levels is not null || Column.Levels?.Contains(null!) == true)
            throw new FormatException($"column '{Column.Name}' is {Column.Kind} and lacks levels, or has too many");
        if (!(Scale > 0) || !DesignMeans.Append(Centre).Append(Scale).All(double.IsFinite))
            throw new FormatException($"column '{Column.Name}' has the centre {Centre}, the scale {Scale} and the means "
                + $"{string.Join(", ", DesignMeans)}; that is no fit");
    }
}
