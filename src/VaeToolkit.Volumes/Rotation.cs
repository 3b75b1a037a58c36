namespace VaeToolkit.Volumes;

/// <summary>Rotations as affine maps.</summary>
internal static class Rotation
{
    /// <summary>The rotation about x, then y, then z, by angles in radians.</summary>
    public static Affine About(Vector3D angles) =>
        InPlane(0, 1, angles.Z) * InPlane(2, 0, angles.Y) * InPlane(1, 2, angles.X);

    /// <summary>The rotation that takes the first axis towards the second.</summary>
    private static Affine InPlane(int from, int towards, double angle)
    {
        double[] rows = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
        var (sine, cosine) = Math.SinCos(angle);
        (rows[(4 * from) + from], rows[(4 * towards) + towards]) = (cosine, cosine);
        (rows[(4 * from) + towards], rows[(4 * towards) + from]) = (-sine, sine);
        return Affine.FromRows(rows);
    }
}
