namespace VaeToolkit.Volumes;

/// <summary>How a phantom is imaged.</summary>
public sealed record PhantomOptions
{
    private readonly int _sliceThickness = 1;

    /// <summary>Whether everything but the brain is set to 0 after imaging, as a skull-stripping tool does.</summary>
    public bool SkullStripped { get; init; }

    /// <summary>How many slices are averaged to one along z, at least 1; it must divide the depth.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1.</exception>
    public int SliceThickness
    {
        get => _sliceThickness;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _sliceThickness = value;
        }
    }
}
