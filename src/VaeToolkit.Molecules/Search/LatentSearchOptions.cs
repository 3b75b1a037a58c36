namespace VaeToolkit.Molecules;

/// <summary>How <see cref="LatentSearch.Ascend"/> climbs.</summary>
public sealed record LatentSearchOptions
{
    /// <summary>Steps, at least 1; default 50.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>The first step's length in latent space, above 0; default 1. It is halved where it does not lead up.</summary>
    public double FirstStep { get; init; } = 1;

    /// <summary>The shortest step that is tried, above 0; default 1e-4. A point that cannot go up by it has arrived.</summary>
    public double ShortestStep { get; init; } = 1e-4;

    internal LatentSearchOptions Validated()
    {
        Shape.RequirePositive(Steps, "Steps", nameof(Steps));
        if (!(FirstStep > 0 && double.IsFinite(FirstStep)))
            throw new ArgumentOutOfRangeException(nameof(FirstStep), FirstStep, "FirstStep must be a number above 0");
        return ShortestStep > 0 && ShortestStep <= FirstStep
            ? this
            : throw new ArgumentOutOfRangeException(
                nameof(ShortestStep), ShortestStep, "ShortestStep must be above 0 and at most FirstStep");
    }
}
