namespace VaeToolkit.Volumes;

/// <summary>
/// A polynomial of second degree over a volume, such as the logarithm of a coil's sensitivity: Σ c_k b_k with b = x, y, z, xy, yz, xz,
/// x² − .33, y² − .33, z² − .33 in [−1, 1]³.
/// </summary>
internal static class SmoothField
{
    public const int Count = 9;

    /// <summary>The polynomial at a voxel.</summary>
    /// <param name="c">Nine coefficients.</param>
    /// <param name="size">The volume's extents.</param>
    /// <param name="voxel">The voxel's index in memory.</param>
    public static double At(ReadOnlySpan<double> c, VolumeSize size, int voxel)
    {
        var x = ((2 * (voxel % size.Width)) + 1.0) / size.Width - 1;
        var y = ((2 * (voxel / size.Width % size.Height)) + 1.0) / size.Height - 1;
        var z = ((2 * (voxel / size.Width / size.Height)) + 1.0) / size.Depth - 1;
        return (c[0] * x) + (c[1] * y) + (c[2] * z) + (c[3] * x * y) + (c[4] * y * z) + (c[5] * x * z)
            + (c[6] * ((x * x) - 0.33)) + (c[7] * ((y * y) - 0.33)) + (c[8] * ((z * z) - 0.33));
    }
}
