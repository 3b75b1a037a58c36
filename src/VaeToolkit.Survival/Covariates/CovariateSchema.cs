namespace VaeToolkit.Survival;

/// <summary>
/// How the columns of a table become numbers. It is fitted on training rows, whose means, deviations and levels it keeps, and then encodes
/// any rows: fitting it on all rows before they are divided would let the test rows into the model.
/// </summary>
public sealed class CovariateSchema
{
    private readonly FittedColumn[] _columns;

    private CovariateSchema(FittedColumn[] columns)
    {
        _columns = columns;
        Columns = [.. columns.Select(column => column.Column)];
        DesignNames = [.. columns.SelectMany(column => column.DesignNames)];
        FeatureCount = columns.Sum(column => column.FeatureWidth);
    }

    /// <summary>The covariates in order, C of them, with the levels that were found.</summary>
    public IReadOnlyList<CovariateColumn> Columns { get; }

    /// <summary>Numbers by which a patient's covariates enter an encoder, F, the bits that say what was observed not counted.</summary>
    public int FeatureCount { get; }

    /// <summary>What the columns of <see cref="Design"/> are called, D names: a column's own, or <c>column=level</c>.</summary>
    public IReadOnlyList<string> DesignNames { get; }

    /// <summary>
    /// Fits the columns on training rows: means and standard deviations (divisor N) of numbers, and the levels of others.
    /// </summary>
    /// <param name="training">The training rows, and no others.</param>
    /// <param name="columns">The covariates, at least one, of different names.</param>
    /// <exception cref="ArgumentException">There are no columns, one is there twice, or the table lacks one.</exception>
    /// <exception cref="FormatException">A column has no value in these rows, too few levels,
    /// or a value that its kind cannot have.</exception>
    public static CovariateSchema Fit(PatientTable training, IReadOnlyList<CovariateColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count == 0)
            throw new ArgumentException("There are no columns; a schema needs at least one covariate.", nameof(columns));
        if (columns.GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"The column '{twice.Key}' is there {twice.Count()} times.", nameof(columns));
        return new([.. columns.Select(column => FittedColumn.Fit(column, training))]);
    }

    /// <summary>The schema that <see cref="Describe"/> described.</summary>
    /// <exception cref="FormatException">It could not have been fitted.</exception>
    public static CovariateSchema Restore(IReadOnlyList<ColumnDescription> columns) => new([.. columns.Select(FittedColumn.Restore)]);

    /// <summary>Encodes rows, missing values and all.</summary>
    /// <param name="table">Any rows with the schema's columns; others are not looked at.</param>
    /// <exception cref="ArgumentException">The table lacks a column.</exception>
    /// <exception cref="FormatException">A value is one that its column cannot have, or a category that the training rows lack and the
    /// column refuses; the message names row and column.</exception>
    public EncodedCovariates Encode(PatientTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var targets = new double[table.Count, _columns.Length];
        var features = new double[table.Count, FeatureCount];
        var start = 0;
        for (var j = 0; j < _columns.Length; start += _columns[j++].FeatureWidth)
        {
            var values = _columns[j].Targets(table);
            for (var row = 0; row < values.Length; row++)
            {
                targets[row, j] = values[row];
                if (!double.IsNaN(values[row]))
                    _columns[j].WriteFeatures(values[row], Row(features, row, start, _columns[j].FeatureWidth));
            }
        }
        return new(this, targets, features, [.. _columns.Select(column => Unseen(column, table)).OfType<string>()]);
    }

    /// <summary>
    /// Rows as a regression takes them, <c>[N, D]</c>: standardised numbers, 0 or 1 for binary columns, the index of an ordinal level, a
    /// column of 0 and 1 for every level of a categorical column but the first. A missing value is replaced by the training rows' mean.
    /// </summary>
    /// <param name="table">Any rows with the schema's columns.</param>
    /// <param name="standardised">Whether numbers are standardised, so that a coefficient is of one standard deviation of the training
    /// rows; if not, it is of one year, one gram: of the column's own unit, of ln x where the column is positive and of
    /// ln(1 + x) where it counts.</param>
    /// <exception cref="ArgumentException">The table lacks a column.</exception>
    /// <exception cref="FormatException">As <see cref="Encode"/>.</exception>
    public double[,] Design(PatientTable table, bool standardised = true)
    {
        ArgumentNullException.ThrowIfNull(table);
        var design = new double[table.Count, DesignNames.Count];
        var start = 0;
        for (var j = 0; j < _columns.Length; start += _columns[j++].DesignWidth)
        {
            var values = _columns[j].Targets(table);
            for (var row = 0; row < values.Length; row++)
                _columns[j].WriteDesign(values[row], standardised, Row(design, row, start, _columns[j].DesignWidth));
        }
        return design;
    }

    /// <summary>A covariate a line: its kind, and its levels, or the mean and the standard deviation by which it is standardised.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Describe());

    /// <summary>All that was fitted.</summary>
    public IReadOnlyList<ColumnDescription> Describe() => [.. _columns.Select(column => column.Describe())];

    private static string? Unseen(FittedColumn column, PatientTable table)
        => column.UnseenRows(table).ToList() is not { Count: > 0 } rows ? null
            : $"column '{column.Column.Name}' has {rows.Count} cells that are none of the levels "
                + $"{string.Join(", ", column.Column.Levels!)} and are taken for missing: "
                + table.Named(rows, table.IndexOf(column.Column.Name));

    private static Span<double> Row(double[,] matrix, int row, int start, int width)
        => System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref matrix[row, start], width);
}
