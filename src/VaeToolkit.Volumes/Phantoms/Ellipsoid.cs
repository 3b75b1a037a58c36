namespace VaeToolkit.Volumes;

/// <summary>An ellipsoid with its axes along x, y and z.</summary>
/// <param name="Centre">Its centre.</param>
/// <param name="Radii">Its half axes.</param>
internal readonly record struct Ellipsoid(Vector3D Centre, Vector3D Radii)
{
    /// <summary>‖(p − c) / a‖: below 1 inside.</summary>
    public double At(Vector3D point)
    {
        var offset = point - Centre;
        return new Vector3D(offset.X / Radii.X, offset.Y / Radii.Y, offset.Z / Radii.Z).Length;
    }

    /// <summary>Its mirror image in x.</summary>
    public Ellipsoid Mirrored() => this with { Centre = Centre with { X = -Centre.X } };
}
