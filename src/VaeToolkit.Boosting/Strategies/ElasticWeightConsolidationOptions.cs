using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>Options of <see cref="ElasticWeightConsolidation"/>.</summary>
public sealed record ElasticWeightConsolidationOptions
{
    /// <summary>
    /// λ, above 0; default 1000. With the squares of mean gradients, as published,
    /// 10⁵ is about as strong as 5000 with those of single items.
    /// </summary>
    public double Strength { get; init; } = 1000;

    /// <summary>How tasks are held together; default separately.</summary>
    public ConsolidationRule Rule { get; init; }

    /// <summary>γ of <see cref="ConsolidationRule.Online"/>, above 0 and at most 1; default 1.</summary>
    public double Decay { get; init; } = 1;

    /// <summary>Whose gradients; default the reconstruction's.</summary>
    public FisherLoss Loss { get; init; }

    /// <summary>Most items of a task by which F is estimated, at least 1; default 1000.</summary>
    public int Items { get; init; } = 1000;

    /// <summary>
    /// Items over which gradients are averaged before they are squared, at least 1; default 1, which is the Fisher information. As many as
    /// <see cref="Items"/> gives the square of the mean gradient, as published.
    /// </summary>
    public int Group { get; init; } = 1;

    internal ElasticWeightConsolidationOptions Validated()
    {
        OptionRange.RequireKnown(Rule, nameof(Rule));
        OptionRange.RequireKnown(Loss, nameof(Loss));
        OptionRange.Require(Strength > 0 && double.IsFinite(Strength), nameof(Strength), Strength,
            "Strength (λ) must be a number above 0");
        OptionRange.Require(Decay is > 0 and <= 1, nameof(Decay), Decay, "Decay (γ) must be above 0 and at most 1");
        Shape.RequirePositive(Items, "Items", nameof(Items));
        Shape.RequirePositive(Group, "Group", nameof(Group));
        return this;
    }
}
