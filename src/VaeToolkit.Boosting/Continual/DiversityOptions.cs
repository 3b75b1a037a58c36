using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>Options of <see cref="GeneratedDiversity"/>.</summary>
public sealed record DiversityOptions
{
    /// <summary>Images generated, at least 1; default 2000.</summary>
    public int Images { get; init; } = 2000;

    /// <summary>a: what is added to each class's count, at least 0; default 0.5. With 0 a forgotten class gives infinity.</summary>
    public double Smoothing { get; init; } = 0.5;

    /// <summary>The seed; default 0.</summary>
    public long Seed { get; init; }

    internal DiversityOptions Validated()
    {
        Shape.RequirePositive(Images, "Images", nameof(Images));
        OptionRange.Require(
            Smoothing >= 0 && double.IsFinite(Smoothing), nameof(Smoothing), Smoothing, "Smoothing must be a number of at least 0");
        return this;
    }
}
