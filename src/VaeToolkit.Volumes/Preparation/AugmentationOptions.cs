using System.Text.Json.Serialization;

namespace VaeToolkit.Volumes;

/// <summary>How far augmentation goes. Every range is drawn from uniformly; 0 switches it off.</summary>
public sealed record AugmentationOptions
{
    /// <summary>
    /// The probability of a flip along the voxel axes x, y and z; default none. Flips need a <see cref="Symmetry"/>.
    /// </summary>
    public Vector3D FlipProbability { get; init; }

    /// <summary>
    /// What a mirror image does to labels; null, the default, where that is not known, and then flips are refused. Pairs are exchanged when
    /// the axis that runs closest to left and right is flipped; of pairs of front and back, or above and below, nothing is known.
    /// </summary>
    [JsonIgnore]
    public LabelSymmetry? Symmetry { get; init; }

    /// <summary>Rotation about each axis, up to so many degrees either way.</summary>
    public double RotationDegrees { get; init; } = 10;

    /// <summary>Scaling of each axis by up to this part either way.</summary>
    public double Scaling { get; init; } = 0.1;

    /// <summary>Shift along each axis by up to this part of the extent either way.</summary>
    public double Shift { get; init; } = 0.05;

    /// <summary>Contrast: differences from the mean grow by up to this part either way.</summary>
    public double Contrast { get; init; } = 0.1;

    /// <summary>Brightness: a shift by up to this many standard deviations of the image either way.</summary>
    public double Brightness { get; init; } = 0.1;

    /// <summary>Gamma: values between minimum and maximum are raised to exp(g), g up to this either way.</summary>
    public double Gamma { get; init; } = 0.2;

    /// <summary>Noise with a standard deviation up to this many standard deviations of the image.</summary>
    public double Noise { get; init; } = 0.05;

    /// <summary>
    /// Uneven illumination: distances from the image's minimum are multiplied by exp(f), f a polynomial of second degree over the volume
    /// whose nine coefficients are drawn up to this either way.
    /// </summary>
    public double BiasField { get; init; }

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);
}
