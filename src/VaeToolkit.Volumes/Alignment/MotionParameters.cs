namespace VaeToolkit.Volumes;

/// <summary>
/// Twelve numbers as a map x ↦ c + t + R H S (x − c): shift t in mm, rotation vector in radians, log-scales, and shears xy, xz, yz,
/// about a centre c.
/// </summary>
internal static class MotionParameters
{
    public const int Count = 12;
    public const int RigidCount = 6;

    public static Affine ToAffine(double[] p, Vector3D centre)
    {
        var shear = Affine.FromRows(1, p[9], p[10], 0, 0, 1, p[11], 0, 0, 0, 1, 0);
        var scale = Affine.Scaling(new(Math.Exp(p[6]), Math.Exp(p[7]), Math.Exp(p[8])));
        return Affine.Translation(centre + new Vector3D(p[0], p[1], p[2])) * Turn(new(p[3], p[4], p[5])) * shear * scale
            * Affine.Translation(-1 * centre);
    }

    /// <summary>Rodrigues' formula: I + sin θ/θ K + (1 − cos θ)/θ² K², with K the cross product by the rotation vector.</summary>
    private static Affine Turn(Vector3D vector)
    {
        var angle = vector.Length;
        var (first, second) = angle < 1e-6 ? (1, 0.5) : (Math.Sin(angle) / angle, (1 - Math.Cos(angle)) / (angle * angle));
        var (x, y, z) = vector;
        return Affine.FromRows(
            1 - (second * ((y * y) + (z * z))), (second * x * y) - (first * z), (second * x * z) + (first * y), 0,
            (second * x * y) + (first * z), 1 - (second * ((x * x) + (z * z))), (second * y * z) - (first * x), 0,
            (second * x * z) - (first * y), (second * y * z) + (first * x), 1 - (second * ((x * x) + (y * y))), 0);
    }
}
