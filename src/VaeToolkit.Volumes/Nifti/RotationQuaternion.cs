namespace VaeToolkit.Volumes;

/// <summary>The unit quaternion a + bi + cj + dk with a ≥ 0 of a rotation; a follows from the others.</summary>
/// <param name="B">Coefficient of i.</param>
/// <param name="C">Coefficient of j.</param>
/// <param name="D">Coefficient of k.</param>
internal readonly record struct RotationQuaternion(double B, double C, double D)
{
    private const double OrthogonalityTolerance = 1e-5;

    /// <summary>
    /// The rotation of an affine map once its columns have length 1 and, if it mirrors, the third is turned round;
    /// null when the columns are not orthogonal.
    /// </summary>
    public static RotationQuaternion? From(Affine affine)
    {
        var spacing = affine.Spacing;
        var (x, y) = (1 / spacing.X * affine.Column(0), 1 / spacing.Y * affine.Column(1));
        var z = Math.Sign(affine.Determinant) / spacing.Z * affine.Column(2);
        if (Math.Abs(Dot(x, y)) > OrthogonalityTolerance || Math.Abs(Dot(x, z)) > OrthogonalityTolerance
            || Math.Abs(Dot(y, z)) > OrthogonalityTolerance)
            return null;
        return FromColumns(x, y, z);
    }

    /// <summary>
    /// Of the four ways to take one coefficient from the diagonal and the others from sums of entries, the one with the largest:
    /// no division by a small number.
    /// </summary>
    private static RotationQuaternion FromColumns(Vector3D x, Vector3D y, Vector3D z)
    {
        double[] squares = [1 + x.X + y.Y + z.Z, 1 + x.X - y.Y - z.Z, 1 - x.X + y.Y - z.Z, 1 - x.X - y.Y + z.Z];
        var (a, b, c, d) = Array.IndexOf(squares, squares.Max()) switch
        {
            0 => (squares[0], y.Z - z.Y, z.X - x.Z, x.Y - y.X),
            1 => (y.Z - z.Y, squares[1], x.Y + y.X, z.X + x.Z),
            2 => (z.X - x.Z, x.Y + y.X, squares[2], y.Z + z.Y),
            _ => (x.Y - y.X, z.X + x.Z, y.Z + z.Y, squares[3]),
        };
        var scale = (a < 0 ? -1 : 1) / Math.Sqrt((a * a) + (b * b) + (c * c) + (d * d));
        return new(scale * b, scale * c, scale * d);
    }

    private static double Dot(Vector3D left, Vector3D right) => (left.X * right.X) + (left.Y * right.Y) + (left.Z * right.Z);
}
