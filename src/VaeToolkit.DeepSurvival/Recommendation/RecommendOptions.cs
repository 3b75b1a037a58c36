using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival;

/// <summary>How a treatment is chosen.</summary>
public sealed record RecommendOptions
{
    /// <summary>
    /// ε, at least 0, in the utility's unit: of the treatments whose utility is within ε of the best one's the least intensive is chosen
    /// (<see cref="TreatmentSet.Intensity"/>), and of equally intensive ones the better. Default null: the best is chosen.
    /// </summary>
    public double? LeastIntenseWithin { get; init; }

    /// <summary>
    /// A treatment that patients with these covariates are given with a probability p(t|x) below this is flagged, from 0 to 1.
    /// Default 0.02.
    /// </summary>
    public double LeastOverlap { get; init; } = 0.02;

    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal RecommendOptions Validated()
    {
        if (LeastIntenseWithin is { } margin && !(margin >= 0))
            throw new ArgumentOutOfRangeException(nameof(LeastIntenseWithin), margin, "ε must be at least 0, or null to choose the best.");
        if (!(LeastOverlap >= 0 && LeastOverlap <= 1))
            throw new ArgumentOutOfRangeException(nameof(LeastOverlap), LeastOverlap, "A probability must be from 0 to 1.");
        return this;
    }
}
