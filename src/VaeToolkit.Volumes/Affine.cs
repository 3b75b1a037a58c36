namespace VaeToolkit.Volumes;

/// <summary>
/// An invertible affine map of space, y = A x + t: from voxel indices to millimetres (towards Right, Anterior, Superior),
/// or between two such spaces.
/// </summary>
public sealed class Affine
{
    private const double SmallestVolumeRatio = 1e-9;

    private readonly double[] _rows;

    private Affine(double[] rows) => _rows = rows;

    /// <summary>The map that changes nothing.</summary>
    public static Affine Identity { get; } = Scaling(new(1, 1, 1));

    /// <summary>A map from the rows of [A | t].</summary>
    /// <param name="rows">Twelve finite numbers, row by row.</param>
    /// <exception cref="ArgumentException">There are not twelve, one is not finite, or A cannot be inverted.</exception>
    public static Affine FromRows(params ReadOnlySpan<double> rows)
    {
        if (rows.Length != 12)
            throw new ArgumentException($"An affine map has 3 rows of 4 numbers, 12 in all, but {rows.Length} were given.", nameof(rows));
        var map = new Affine(rows.ToArray());
        if (map.Problem() is { } problem)
            throw new ArgumentException($"The affine map {map} {problem}.", nameof(rows));
        return map;
    }

    /// <summary>A diagonal map without translation.</summary>
    /// <param name="factors">The diagonal; no entry may be 0.</param>
    /// <exception cref="ArgumentException">A factor is 0 or not finite.</exception>
    public static Affine Scaling(Vector3D factors) => FromRows(factors.X, 0, 0, 0, 0, factors.Y, 0, 0, 0, 0, factors.Z, 0);

    /// <summary>A shift.</summary>
    /// <param name="shift">Where the origin goes; finite.</param>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public static Affine Translation(Vector3D shift) => FromRows(1, 0, 0, shift.X, 0, 1, 0, shift.Y, 0, 0, 1, shift.Z);

    /// <summary>An entry of [A | t].</summary>
    /// <param name="row">0 to 2.</param>
    /// <param name="column">0 to 3; 3 is the translation.</param>
    public double this[int row, int column] => _rows[(4 * row) + column];

    /// <summary>The determinant of A: the volume of a voxel in mm³, negative when the map mirrors.</summary>
    public double Determinant =>
        (this[0, 0] * Cofactor(0, 0)) + (this[0, 1] * Cofactor(0, 1)) + (this[0, 2] * Cofactor(0, 2));

    /// <summary>The image of the origin, t.</summary>
    public Vector3D Origin => Column(3);

    /// <summary>The lengths of A's columns: the distances between neighbouring voxels.</summary>
    public Vector3D Spacing => new(Column(0).Length, Column(1).Length, Column(2).Length);

    /// <summary>A column of [A | t].</summary>
    /// <param name="column">0 to 3.</param>
    public Vector3D Column(int column) => new(this[0, column], this[1, column], this[2, column]);

    /// <summary>A x + t.</summary>
    /// <param name="point">The point x.</param>
    public Vector3D Apply(Vector3D point) => Direction(point) + Origin;

    /// <summary>A x, without the translation.</summary>
    /// <param name="direction">The displacement x.</param>
    public Vector3D Direction(Vector3D direction) =>
        (direction.X * Column(0)) + (direction.Y * Column(1)) + (direction.Z * Column(2));

    /// <summary>The map that undoes this one.</summary>
    public Affine Inverse()
    {
        var scale = 1 / Determinant;
        var rows = new double[12];
        for (var row = 0; row < 3; row++)
            for (var column = 0; column < 3; column++)
                rows[(4 * row) + column] = scale * Cofactor(column, row);
        var back = new Affine(rows).Direction(Origin);
        (rows[3], rows[7], rows[11]) = (-back.X, -back.Y, -back.Z);
        return FromRows(rows);
    }

    /// <summary>The map that applies <paramref name="inner"/> first: x ↦ outer(inner(x)).</summary>
    /// <param name="outer">Applied last.</param>
    /// <param name="inner">Applied first.</param>
    public static Affine operator *(Affine outer, Affine inner)
    {
        ArgumentNullException.ThrowIfNull(outer);
        ArgumentNullException.ThrowIfNull(inner);
        var (a, b, c, t) = (outer.Direction(inner.Column(0)), outer.Direction(inner.Column(1)),
            outer.Direction(inner.Column(2)), outer.Apply(inner.Origin));
        return FromRows(a.X, b.X, c.X, t.X, a.Y, b.Y, c.Y, t.Y, a.Z, b.Z, c.Z, t.Z);
    }

    /// <summary>Whether no entry of [A | t] differs by more than a tolerance.</summary>
    /// <param name="other">The other map.</param>
    /// <param name="tolerance">The largest difference, in the unit of the entries.</param>
    public bool IsCloseTo(Affine other, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _rows.Zip(other._rows).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance);
    }

    /// <summary>The rows as they stand in messages.</summary>
    public override string ToString() =>
        string.Join("; ", _rows.Chunk(4).Select(row => string.Join(", ", row.Select(entry => FormattableString.Invariant($"{entry:G6}")))));

    /// <summary>What keeps rows from being a map, as the end of a sentence, or null.</summary>
    internal static string? ProblemOf(double[] rows) => new Affine(rows).Problem();

    /// <summary>The cofactor of an entry of A; with indices taken modulo 3 it has its sign already.</summary>
    private double Cofactor(int row, int column)
    {
        var (r1, r2, c1, c2) = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3);
        return (this[r1, c1] * this[r2, c2]) - (this[r1, c2] * this[r2, c1]);
    }

    private string? Problem()
    {
        if (!_rows.All(double.IsFinite))
            return "has an entry that is not finite";
        var spacing = Spacing;
        return Math.Abs(Determinant) > SmallestVolumeRatio * spacing.X * spacing.Y * spacing.Z ? null : "cannot be inverted";
    }
}
