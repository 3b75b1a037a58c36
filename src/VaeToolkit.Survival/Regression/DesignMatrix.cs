namespace VaeToolkit.Survival;

/// <summary>
/// Checked covariates, kept centred and divided by their standard deviations: exponentials are then safe, coefficients comparable, and
/// adding a constant to a column changes nothing. Both are of each stratum, between which a stratified likelihood compares nothing.
/// </summary>
internal sealed class DesignMatrix
{
    private readonly double[] _standardised;
    private readonly double[] _means;
    private readonly double[] _spreads;
    private readonly double[] _deviations;
    private readonly int[][] _strata;
    private readonly Dictionary<int, double[]> _centres;

    internal DesignMatrix(double[,] covariates, int rows, IReadOnlyList<string>? names, IReadOnlyList<int>? strata = null)
    {
        ArgumentNullException.ThrowIfNull(covariates);
        if (covariates.GetLength(0) != rows)
            throw new ArgumentException(
                $"There are {covariates.GetLength(0)} rows of covariates for {rows} patients; each needs one.", nameof(covariates));
        Columns = covariates.GetLength(1);
        Names = names is null ? [.. Enumerable.Range(0, Columns).Select(column => $"column {column}")] : [.. names];
        if (Names.Count != Columns)
            throw new ArgumentException($"There are {Names.Count} names for {Columns} columns; each needs one.", nameof(names));
        if (Names.Contains(null!))
            throw new ArgumentException($"The name of column {Names.ToList().IndexOf(null!)} is null.", nameof(names));
        Rows = rows;
        RequireFinite(covariates);
        (_means, _spreads, _deviations) = (new double[Columns], new double[Columns], new double[Columns]);
        var byStratum = Enumerable.Range(0, rows).GroupBy(row => strata?[row] ?? 0).ToList();
        _strata = [.. byStratum.Select(stratum => stratum.ToArray())];
        _centres = byStratum.ToDictionary(stratum => stratum.Key, _ => new double[Columns]);
        _standardised = new double[Rows * Columns];
        for (var column = 0; column < Columns; column++)
        {
            (_means[column], _spreads[column]) = Moments(covariates, column);
            Standardise(covariates, column);
        }
    }

    internal int Rows { get; }

    internal int Columns { get; }

    internal IReadOnlyList<string> Names { get; }

    /// <summary>The means of the columns, in their own units.</summary>
    internal IReadOnlyList<double> Means => _means;

    /// <summary>The standard deviations of the columns, divisor N.</summary>
    internal IReadOnlyList<double> Spreads => _spreads;

    /// <summary>
    /// The same about the strata's means, by which the columns are divided; as a whole where a column varies in no stratum.
    /// </summary>
    internal IReadOnlyList<double> Deviations => _deviations;

    /// <summary>A standardised row.</summary>
    internal ReadOnlySpan<double> Row(int row) => _standardised.AsSpan(row * Columns, Columns);

    /// <summary>The largest square in a standardised column.</summary>
    internal double LargestSquare(int column) => Enumerable.Range(0, Rows).Max(row => Row(row)[column] * Row(row)[column]);

    /// <summary>Σ_j b_j (mean_j of a stratum - mean_j); b in the columns' own units.</summary>
    internal double Shift(int stratum, IReadOnlyList<double> coefficients)
        => Enumerable.Range(0, Columns).Sum(column => coefficients[column] * (_centres[stratum][column] - _means[column]));

    /// <summary>The rows in another order, standardised, one after the other.</summary>
    internal double[] Ordered(int[] order)
    {
        var ordered = new double[_standardised.Length];
        for (var i = 0; i < order.Length; i++)
            Row(order[i]).CopyTo(ordered.AsSpan(i * Columns));
        return ordered;
    }

    /// <summary>Σ_j b_j (x_j - mean_j) for other rows with the same columns; b in the columns' own units.</summary>
    internal double[] CentredPredictors(double[,] covariates, IReadOnlyList<double> coefficients)
    {
        RequireSameColumns(covariates);
        var predictors = new double[covariates.GetLength(0)];
        for (var row = 0; row < predictors.Length; row++)
            for (var column = 0; column < Columns; column++)
                predictors[row] += coefficients[column] * (covariates[row, column] - _means[column]);
        var lost = Array.FindIndex(predictors, double.IsNaN);
        return lost < 0 ? predictors
            : throw new ArgumentException(
                $"Row {lost} cannot be predicted: its covariates are so large that Σ b (x - mean) overflows in both directions.",
                nameof(covariates));
    }

    private void RequireSameColumns(double[,] covariates)
    {
        ArgumentNullException.ThrowIfNull(covariates);
        if (covariates.GetLength(1) != Columns)
            throw new ArgumentException(
                $"There are {covariates.GetLength(1)} columns; the model was fitted with {Columns}: {string.Join(", ", Names)}.",
                nameof(covariates));
        RequireFinite(covariates);
    }

    private void RequireFinite(double[,] covariates)
    {
        for (var row = 0; row < covariates.GetLength(0); row++)
            for (var column = 0; column < Columns; column++)
                if (!double.IsFinite(covariates[row, column]))
                    throw new ArgumentException(
                        FormattableString.Invariant(
                            $"Covariate '{Names[column]}' of row {row} is {covariates[row, column]}; it must be finite."),
                        nameof(covariates));
    }

    private (double Mean, double Deviation) Moments(double[,] covariates, int column)
    {
        var spread = Spread.Of([.. Enumerable.Range(0, Rows).Select(row => covariates[row, column])]);
        return !spread.IsConstant ? (spread.Mean, spread.Deviation)
            : throw new ArgumentException(
                $"Covariate '{Names[column]}' is constant, so its coefficient is not determined; leave it out.", nameof(covariates));
    }

    private void Standardise(double[,] covariates, int column)
    {
        var spreads = Array.ConvertAll(_strata, rows => Spread.Of(Array.ConvertAll(rows, row => covariates[row, column])));
        // In units of the whole column's, whose square there may be no number for.
        var variance = spreads.Zip(_strata, (spread, rows)
            => spread.IsConstant ? 0 : Math.Pow(spread.Deviation / _spreads[column], 2) * rows.Length / Rows).Sum();
        _deviations[column] = _spreads[column] * (variance > 0 ? Math.Sqrt(variance) : 1);
        foreach (var ((spread, rows), centre) in spreads.Zip(_strata).Zip(_centres.Values))
        {
            centre[column] = spread.Mean;
            foreach (var row in rows)
                _standardised[row * Columns + column] = spread.IsConstant ? 0
                    : (covariates[row, column] - spread.Mean) / _deviations[column];
        }
    }
}
