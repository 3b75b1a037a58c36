namespace VaeToolkit.Survival;

/// <summary>
/// A covariate as the training rows have it. A value is kept as one number, the <em>target</em> of p(x_j|z): a standardised number, the
/// index of a level, or a count; NaN stands for missing.
/// </summary>
internal abstract class FittedColumn(CovariateColumn column)
{
    private double[] _designMeans = [];

    public CovariateColumn Column { get; } = column;

    /// <summary>Numbers by which the column enters an encoder.</summary>
    public abstract int FeatureWidth { get; }

    /// <summary>Numbers by which the column enters a regression.</summary>
    public abstract int DesignWidth { get; }

    /// <summary>What the regression's numbers are called.</summary>
    public abstract IEnumerable<string> DesignNames { get; }

    /// <summary>By what numbers are standardised.</summary>
    protected virtual (double Centre, double Scale) Standardisation => (0, 1);

    /// <exception cref="FormatException">The column has no value in these rows, or one that its kind cannot have.</exception>
    public static FittedColumn Fit(CovariateColumn column, PatientTable table)
    {
        var index = table.IndexOf(column.Name);
        if (column.Levels is null && table.Cells(column.Name).All(table.IsMissing))
            throw NoValue();
        FittedColumn fitted = column.HasLevels ? LevelColumn.Of(column, column.Levels ?? LevelColumn.LevelsOf(table, column.Name))
            : NumberColumn.Of(column, table, index);
        // A level that is named is a value even where it is among the missing markers, so only the targets say what is there.
        var targets = fitted.Targets(table);
        if (targets.All(double.IsNaN))
            throw NoValue();
        fitted.FitDesignMeans(targets);
        return fitted;

        FormatException NoValue() => new($"column '{column.Name}' has no value in all {table.Count} training rows; leave it out");
    }

    /// <summary>The column that <see cref="Describe"/> described.</summary>
    /// <exception cref="FormatException">It could not have been fitted.</exception>
    public static FittedColumn Restore(ColumnDescription description)
    {
        description.Validate();
        var column = description.Column;
        FittedColumn restored = column.HasLevels ? LevelColumn.Of(column, column.Levels!)
            : new NumberColumn(column, description.Centre, description.Scale);
        restored._designMeans = description.DesignMeans.Count == restored.DesignWidth ? [.. description.DesignMeans]
            : throw new FormatException(
                $"column '{column.Name}' has {description.DesignMeans.Count} means for {restored.DesignWidth} numbers");
        return restored;
    }

    /// <summary>All that was fitted.</summary>
    public ColumnDescription Describe() => new(Column, Standardisation.Centre, Standardisation.Scale, _designMeans);

    /// <summary>The targets of a table's rows.</summary>
    /// <exception cref="FormatException">A cell holds what the column cannot have.</exception>
    public double[] Targets(PatientTable table)
    {
        var index = table.IndexOf(Column.Name);
        var targets = new double[table.Count];
        for (var row = 0; row < targets.Length; row++)
            targets[row] = IsMissing(table, table.Cell(row, index)) ? double.NaN : Target(table, row, index);
        return targets;
    }

    /// <summary>The rows whose cells hold what the training rows did not, where that is taken for missing.</summary>
    public virtual IEnumerable<int> UnseenRows(PatientTable table) => [];

    /// <summary>The encoder's numbers of an observed target.</summary>
    public abstract void WriteFeatures(double target, Span<double> features);

    /// <summary>
    /// The regression's numbers, standardised or in the column's own unit: those of an observed target, and the training rows' means of a
    /// missing one.
    /// </summary>
    public void WriteDesign(double target, bool standardised, Span<double> design)
    {
        if (double.IsNaN(target))
            _designMeans.CopyTo(design);
        else
            WriteObservedDesign(target, design);
        if (standardised)
            return;
        foreach (ref var number in design)
            number = (number * Standardisation.Scale) + Standardisation.Centre;
    }

    /// <summary>Whether a cell of this column holds no value.</summary>
    protected virtual bool IsMissing(PatientTable table, string cell) => table.IsMissing(cell);

    protected abstract double Target(PatientTable table, int row, int column);

    protected abstract void WriteObservedDesign(double target, Span<double> design);

    private void FitDesignMeans(double[] targets)
    {
        var observed = targets.Where(double.IsFinite).ToList();
        _designMeans = new double[DesignWidth];
        var design = new double[DesignWidth];
        foreach (var target in observed)
        {
            WriteObservedDesign(target, design);
            for (var j = 0; j < design.Length; j++)
                _designMeans[j] += design[j] / observed.Count;
        }
    }
}
