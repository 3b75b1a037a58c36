namespace VaeToolkit.Volumes;

/// <summary>Where the voxels of a volume lie: how many there are along each axis, and where each is in space.</summary>
public sealed record VoxelGrid
{
    /// <summary>
    /// How far apart voxels of one grid may lie, in voxels: a hundredth, more than what files and tools round, and less than matters.
    /// </summary>
    public const double DefaultTolerance = 0.01;

    // Spacings are float32 in files, so halves of a voxel are halves to about so many digits.
    private const int DigitsOfExtents = 3;

    /// <summary>A grid.</summary>
    /// <param name="size">Extents, each at least 1.</param>
    /// <param name="affine">From voxel indices (x, y, z) to millimetres, RAS+; the identity when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below 1, or there are more voxels than an array can hold.</exception>
    public VoxelGrid(VolumeSize size, Affine? affine = null)
    {
        if (size.Width < 1 || size.Height < 1 || size.Depth < 1)
            throw new ArgumentOutOfRangeException(nameof(size), size, "Every extent of a grid must be at least 1.");
        // Width times height is below 2^62, so this product is taken in 128 bits.
        if ((Int128)size.Width * size.Height * size.Depth > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"A grid can have at most {Array.MaxLength} voxels.");
        Size = size;
        Affine = affine ?? Affine.Identity;
    }

    /// <summary>Extents.</summary>
    public VolumeSize Size { get; }

    /// <summary>From voxel indices (x, y, z) to millimetres, RAS+.</summary>
    public Affine Affine { get; }

    /// <summary>Millimetres between neighbouring voxels along x, y and z.</summary>
    public Vector3D Spacing => Affine.Spacing;

    /// <summary>The volume of one voxel in mm³.</summary>
    public double VoxelVolume => Math.Abs(Affine.Determinant);

    /// <summary>The index in memory of a voxel of the first channel.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    /// <param name="z">Slice.</param>
    public int Index(int x, int y, int z) => (((z * Size.Height) + y) * Size.Width) + x;

    /// <summary>The voxel of an index in memory.</summary>
    internal (int X, int Y, int Z) Place(int index) =>
        (index % Size.Width, index / Size.Width % Size.Height, index / Size.Width / Size.Height % Size.Depth);

    /// <summary>
    /// Whether the other grid has the same extents, and its corner voxels lie along each axis within a part of a voxel of this one's.
    /// </summary>
    /// <param name="other">The other grid.</param>
    /// <param name="tolerance">The part, at least 0; 1 is a voxel's edge along that axis.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tolerance"/> is negative or NaN.</exception>
    public bool Matches(VoxelGrid other, double tolerance = DefaultTolerance)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!(tolerance >= 0))
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance, in voxels, must be at least 0.");
        if (Size != other.Size)
            return false;
        // Differences are taken before the inverse, so that a far origin costs no digits.
        var toVoxels = Affine.Inverse();
        return Corners().All(corner => IsWithin(toVoxels.Direction(other.Affine.Apply(corner) - Affine.Apply(corner)), tolerance));
    }

    /// <summary>
    /// The grid over the same field of view with another spacing s': along each axis round(n s / s') voxels, at least 1, whose voxel i lies
    /// at (i + ½) s'/s − ½ of this grid, so that the outer faces of the first voxels stay where they are. Halves, up to a thousandth of
    /// a voxel, go to the even number.
    /// </summary>
    /// <param name="spacing">Millimetres along x, y and z, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A spacing is not positive and finite, or gives too many voxels.</exception>
    public VoxelGrid WithSpacing(Vector3D spacing)
    {
        if (!IsPositive(spacing.X) || !IsPositive(spacing.Y) || !IsPositive(spacing.Z))
            throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "Every spacing must be positive and finite.");
        var now = Spacing;
        var ratio = new Vector3D(spacing.X / now.X, spacing.Y / now.Y, spacing.Z / now.Z);
        var size = new VolumeSize(Extent(Size.Width, ratio.X), Extent(Size.Height, ratio.Y), Extent(Size.Depth, ratio.Z));
        var shift = new Vector3D((ratio.X - 1) / 2, (ratio.Y - 1) / 2, (ratio.Z - 1) / 2);
        return new(size, Affine * Affine.Translation(shift) * Affine.Scaling(ratio));

        static bool IsPositive(double value) => value > 0 && double.IsFinite(value);

        static int Extent(int extent, double ratio) =>
            (int)Math.Clamp(Math.Round(Math.Round(extent / ratio, DigitsOfExtents)), 1, int.MaxValue);
    }

    /// <summary>Extents and spacing: <c>31 x 40 x 24 voxels of 1 x 1 x 2.5 mm</c>, with the affine map.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Size} voxels of {Spacing.X:G6} x {Spacing.Y:G6} x {Spacing.Z:G6} mm at [{Affine}]");

    private static bool IsWithin(Vector3D difference, double tolerance) =>
        Math.Abs(difference.X) <= tolerance && Math.Abs(difference.Y) <= tolerance && Math.Abs(difference.Z) <= tolerance;

    private IEnumerable<Vector3D> Corners() =>
        from x in new[] { 0, Size.Width - 1 }
        from y in new[] { 0, Size.Height - 1 }
        from z in new[] { 0, Size.Depth - 1 }
        select new Vector3D(x, y, z);
}
