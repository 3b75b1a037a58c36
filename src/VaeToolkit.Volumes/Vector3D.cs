namespace VaeToolkit.Volumes;

/// <summary>Three numbers along x, y and z: a point, a displacement, or a spacing, in voxels or millimetres as its user says.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
public readonly record struct Vector3D(double X, double Y, double Z)
{
    /// <summary>The Euclidean length.</summary>
    public double Length => Math.Sqrt((X * X) + (Y * Y) + (Z * Z));

    /// <summary>The sum.</summary>
    public static Vector3D operator +(Vector3D left, Vector3D right) => new(left.X + right.X, left.Y + right.Y, left.Z + right.Z);

    /// <summary>The difference.</summary>
    public static Vector3D operator -(Vector3D left, Vector3D right) => new(left.X - right.X, left.Y - right.Y, left.Z - right.Z);

    /// <summary>The multiple.</summary>
    public static Vector3D operator *(double factor, Vector3D vector) => new(factor * vector.X, factor * vector.Y, factor * vector.Z);

    /// <summary>The three numbers as they stand in messages: <c>1 x 1 x 2.5</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{X} x {Y} x {Z}");
}
