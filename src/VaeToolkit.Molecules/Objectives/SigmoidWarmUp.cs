namespace VaeToolkit.Molecules;

/// <summary>
/// A weight that rises along a sigmoid over the epochs, 1 / (1 + exp(slope (centre − epoch))): by default that of Gómez-Bombarelli et
/// al. (2018), one half at epoch 29.
/// </summary>
public sealed record SigmoidWarmUp
{
    // A sigmoid never ends: from here on losses are taken to compare.
    private const double ShareAtEnd = 0.95;

    /// <summary>The epoch, counted from 0, at which the weight is one half; default 29.</summary>
    public double Centre { get; init; } = 29;

    /// <summary>How steep it is there, above 0; default 0.51 an epoch.</summary>
    public double Slope { get; init; } = 0.51;

    /// <summary>The weight in an epoch, from 0 to 1.</summary>
    /// <param name="epoch">The epoch, counted from 0.</param>
    public double Weight(int epoch) => 1 / (1 + Math.Exp(Slope * (Centre - epoch)));

    /// <summary>The first epochs, of which the last has 95 % of the final weight or more; at least 1.</summary>
    internal long Length => (long)Math.Clamp(Math.Ceiling(Centre + (Math.Log(ShareAtEnd / (1 - ShareAtEnd)) / Slope)) + 1, 1, int.MaxValue);

    /// <summary>The centre and the slope.</summary>
    public override string ToString() => FormattableString.Invariant($"sigmoid at {Centre} with slope {Slope}");

    internal SigmoidWarmUp Validated()
    {
        if (!double.IsFinite(Centre))
            throw new ArgumentOutOfRangeException(nameof(Centre), Centre, "Centre must be finite");
        return Slope > 0 && double.IsFinite(Slope)
            ? this
            : throw new ArgumentOutOfRangeException(nameof(Slope), Slope, "Slope must be a number above 0");
    }
}
