namespace VaeToolkit.Survival;

/// <summary>A continuous, positive or count column: standardised as it is, by its logarithm, or by ln(1 + count).</summary>
internal sealed class NumberColumn : FittedColumn
{
    private readonly double _centre;
    private readonly double _scale;

    public NumberColumn(CovariateColumn column, double centre, double scale)
        : base(column)
        => (_centre, _scale) = (centre, scale);

    public override int FeatureWidth => 1;

    public override int DesignWidth => 1;

    public override IEnumerable<string> DesignNames => [Column.Name];

    protected override (double Centre, double Scale) Standardisation => (_centre, _scale);

    private bool IsCount => Column.Kind == CovariateKind.Count;

    public static NumberColumn Of(CovariateColumn column, PatientTable table, int index)
    {
        var raw = new NumberColumn(column, 0, 1);
        var values = Enumerable.Range(0, table.Count).Where(row => !table.IsMissing(table.Cell(row, index)))
            .Select(row => raw.Checked(table, row, index)).ToList();
        var spread = Spread.Of(values.ConvertAll(raw.Transform));
        // A column that is constant in the training rows has nothing to be scaled by, and logarithms of equal numbers are equal.
        return new(column, spread.Mean, spread.IsConstant || Spread.Of(values).IsConstant ? 1 : spread.Deviation);
    }

    public override void WriteFeatures(double target, Span<double> features)
        => features[0] = IsCount ? (Transform(target) - _centre) / _scale : target;

    protected override double Target(PatientTable table, int row, int column)
    {
        var value = Checked(table, row, column);
        return IsCount ? value : (Transform(value) - _centre) / _scale;
    }

    protected override void WriteObservedDesign(double target, Span<double> design) => WriteFeatures(target, design);

    private double Checked(PatientTable table, int row, int column)
    {
        var value = table.Number(row, column);
        return Column.Kind switch
        {
            CovariateKind.Positive when value <= 0 => throw table.Fault(row, column, "is not above 0, as a positive column must be"),
            CovariateKind.Count when value < 0 || value != Math.Floor(value) =>
                throw table.Fault(row, column, "is not a whole number of at least 0, as a count must be"),
            _ => value,
        };
    }

    private double Transform(double value) => Column.Kind switch
    {
        CovariateKind.Positive => Math.Log(value),
        CovariateKind.Count => double.LogP1(value),
        _ => value,
    };
}
