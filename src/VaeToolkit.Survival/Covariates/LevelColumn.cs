namespace VaeToolkit.Survival;

/// <summary>
/// A binary, categorical or ordinal column: a target is the index of a level. Encoders see 0 or 1, one number a level, or one a step up; a
/// regression sees 0 or 1, one number for every level but the first, or the index.
/// </summary>
internal sealed class LevelColumn : FittedColumn
{
    private readonly IReadOnlyList<string> _levels;

    private LevelColumn(CovariateColumn column, IReadOnlyList<string> levels)
        : base(column with { Levels = levels })
        => _levels = levels;

    public override int FeatureWidth => Column.Kind == CovariateKind.Categorical ? _levels.Count : _levels.Count - 1;

    public override int DesignWidth => Column.Kind == CovariateKind.Categorical ? _levels.Count - 1 : 1;

    public override IEnumerable<string> DesignNames
        => Column.Kind == CovariateKind.Categorical ? _levels.Skip(1).Select(level => $"{Column.Name}={level}") : [Column.Name];

    /// <summary>The levels that a column of a table has, in ascending order of number or else of text.</summary>
    public static IReadOnlyList<string> LevelsOf(PatientTable table, string column)
        => InOrder([.. LevelComparer.Different([.. table.Cells(column).Where(cell => !table.IsMissing(cell))])]);

    /// <exception cref="FormatException">The levels are too few for the column's kind, or not all different.</exception>
    public static LevelColumn Of(CovariateColumn column, IReadOnlyList<string> levels)
    {
        if (LevelComparer.Different(levels).Count() != levels.Count || levels.Count < 2)
            throw new FormatException(
                $"column '{column.Name}' has the levels {string.Join(", ", levels)}; it needs at least two different ones, so "
                + "name the levels or leave it out");
        return column.Kind == CovariateKind.Binary && levels.Count != 2
            ? throw new FormatException($"column '{column.Name}' is binary, but has {levels.Count} levels: {string.Join(", ", levels)}")
            : new(column, levels);
    }

    public override void WriteFeatures(double target, Span<double> features)
    {
        for (var j = 0; j < features.Length; j++)
            features[j] = Column.Kind == CovariateKind.Categorical ? (j == (int)target ? 1 : 0) : (target > j ? 1 : 0);
    }

    public override IEnumerable<int> UnseenRows(PatientTable table)
    {
        var index = table.IndexOf(Column.Name);
        return Column.Unseen == UnseenCategory.Refuse ? []
            : Enumerable.Range(0, table.Count).Where(row => table.Cell(row, index) is var cell && !table.IsMissing(cell)
                && LevelComparer.IndexOf(_levels, cell) < 0);
    }

    protected override bool IsMissing(PatientTable table, string cell)
        => LevelComparer.IndexOf(_levels, cell) < 0 && base.IsMissing(table, cell);

    protected override double Target(PatientTable table, int row, int column)
    {
        var level = LevelComparer.IndexOf(_levels, table.Cell(row, column));
        return level >= 0 ? level
            : Column.Unseen == UnseenCategory.Unknown ? double.NaN
            : throw table.Fault(row, column, $"is none of the levels {string.Join(", ", _levels)}");
    }

    protected override void WriteObservedDesign(double target, Span<double> design)
    {
        if (Column.Kind != CovariateKind.Categorical)
            design[0] = target;
        else
            for (var j = 0; j < design.Length; j++)
                design[j] = j + 1 == (int)target ? 1 : 0;
    }

    private static List<string> InOrder(List<string> cells)
        => cells.TrueForAll(cell => PatientTable.TryNumber(cell, out _))
            ? [.. cells.OrderBy(PatientTable.ToNumber)]
            : [.. cells.Order(StringComparer.Ordinal)];
}
