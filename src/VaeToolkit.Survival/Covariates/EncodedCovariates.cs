namespace VaeToolkit.Survival;

/// <summary>Covariates of N patients in numbers, as a <see cref="CovariateSchema"/> with C columns and F features makes them.</summary>
public sealed class EncodedCovariates
{
    private readonly double[,] _targets;
    private readonly double[,] _features;

    internal EncodedCovariates(CovariateSchema schema, double[,] targets, double[,] features, IReadOnlyList<string> findings)
        => (Schema, _targets, _features, Findings) = (schema, targets, features, findings);

    /// <summary>The schema that made them.</summary>
    public CovariateSchema Schema { get; }

    /// <summary>
    /// Which cells hold categories that the training rows lack and were taken for missing (<see cref="UnseenCategory.Unknown"/>), a
    /// sentence a column; empty if none. Of all rows that were encoded, also after <see cref="Select"/>.
    /// </summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>Number of patients N.</summary>
    public int Count => _targets.GetLength(0);

    /// <summary>Number of covariates C.</summary>
    public int ColumnCount => _targets.GetLength(1);

    /// <summary>Number of features F.</summary>
    public int FeatureCount => _features.GetLength(1);

    /// <summary>
    /// The value of which p(x_j|z) is a distribution: a standardised number (of the logarithm, for a positive column), the index of a
    /// level, or a count. NaN where it is missing.
    /// </summary>
    /// <param name="row">The patient, from 0.</param>
    /// <param name="column">The covariate, from 0.</param>
    public double Target(int row, int column) => _targets[row, column];

    /// <summary>Whether a value is there.</summary>
    /// <param name="row">The patient, from 0.</param>
    /// <param name="column">The covariate, from 0.</param>
    public bool IsObserved(int row, int column) => !double.IsNaN(_targets[row, column]);

    /// <summary>A number by which a covariate enters an encoder: standardised, 0 or 1; all of a missing value's are 0.</summary>
    /// <param name="row">The patient, from 0.</param>
    /// <param name="feature">The feature, from 0.</param>
    public double Feature(int row, int feature) => _features[row, feature];

    /// <summary>Some of the patients, in the order given.</summary>
    /// <param name="rows">Numbers from 0 to N − 1, at least one.</param>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public EncodedCovariates Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
            throw new ArgumentException("There are no row numbers; at least one patient is needed.", nameof(rows));
        foreach (var row in rows)
        {
            if (row < 0 || row >= Count)
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"Rows go from 0 to {Count - 1}.");
        }
        return new(Schema, Rows(_targets, rows), Rows(_features, rows), Findings);
    }

    /// <summary>The numbers of patients, covariates and missing values, and the findings.</summary>
    public override string ToString()
        => $"{Count} patients, {ColumnCount} covariates in {FeatureCount} features, "
            + $"{_targets.Cast<double>().Count(double.IsNaN)} values missing"
            + string.Concat(Findings.Select(finding => Environment.NewLine + finding));

    private static double[,] Rows(double[,] matrix, IReadOnlyList<int> rows)
    {
        var part = new double[rows.Count, matrix.GetLength(1)];
        for (var i = 0; i < rows.Count; i++)
        {
            for (var j = 0; j < part.GetLength(1); j++)
                part[i, j] = matrix[rows[i], j];
        }
        return part;
    }
}
