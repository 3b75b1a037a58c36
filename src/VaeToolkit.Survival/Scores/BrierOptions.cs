namespace VaeToolkit.Survival;

/// <summary>How Brier scores over a grid are weighted.</summary>
public sealed record BrierOptions
{
    /// <summary>Which G an event is divided by, and what the sum is divided by.</summary>
    public IpcwConvention Convention { get; init; } = IpcwConvention.Graf;

    /// <summary>Who is at risk of being censored at a time with events.</summary>
    public CensoringTies CensoringTies { get; init; } = CensoringTies.EventsFirst;

    /// <summary>
    /// Times with G(t) at most this are not scored, since a few patients with weights above 1/G would decide them; at least 0, below 1.
    /// </summary>
    public double SmallestCensoring { get; init; } = 0.05;

    internal BrierOptions Validated()
    {
        _ = KnownChoice.Of(Convention, nameof(Convention));
        _ = KnownChoice.Of(CensoringTies, nameof(CensoringTies));
        if (!(SmallestCensoring >= 0 && SmallestCensoring < 1))
            throw new ArgumentOutOfRangeException(nameof(SmallestCensoring), SmallestCensoring, "It must be at least 0 and below 1.");
        return this;
    }
}
