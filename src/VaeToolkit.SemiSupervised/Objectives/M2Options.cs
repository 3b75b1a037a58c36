using VaeToolkit.Evaluation;

namespace VaeToolkit.SemiSupervised;

/// <summary>Options of <see cref="M2Objective"/>.</summary>
public sealed record M2Options
{
    /// <summary>How bound and classification are weighed; default the 2014 paper's, J + 0.1 N C.</summary>
    public AlphaWeight Alpha { get; init; } = AlphaWeight.Paper;

    /// <summary>Samples of z for every item and class, at least 1; default 1.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>How the KL divergence is taken; default in closed form where there is one.</summary>
    public KlEstimator Kl { get; init; } = KlEstimator.ClosedForm;

    /// <summary>
    /// Where there are too many classes to sum over, one class is drawn for every unlabelled item instead; default null, the exact sum. Its
    /// value stays unbiased, its gradient does not.
    /// </summary>
    public GumbelSoftmax? DrawnClass { get; init; }

    /// <summary>
    /// A linear warm-up of the weight of unlabelled items, or null for none; default none. It lets the classifier learn something from
    /// labels before it is asked about items without.
    /// </summary>
    public BetaWarmUp? UnlabelledWarmUp { get; init; }

    internal M2Options Validated()
    {
        OptionRange.RequireKnown(Kl, nameof(Kl));
        Shape.RequirePositive(Samples, "Samples", nameof(Samples));
        DrawnClass?.Validated();
        return this;
    }
}
