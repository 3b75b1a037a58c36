namespace VaeToolkit.SemiSupervised;

/// <summary>
/// How the bound J, a sum over all items, and the classification C, the mean of log q(y|x) over labelled ones, are weighed: α with its
/// place and its unit in the name, since papers, code and lectures differ in both.
/// </summary>
public readonly record struct AlphaWeight
{
    private readonly double _alpha;
    private readonly AlphaConvention? _onClassification;

    private AlphaWeight(double alpha, AlphaConvention? onClassification)
    {
        if (!(alpha >= 0 && double.IsFinite(alpha)))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "α must be a number of at least 0");
        (_alpha, _onClassification) = (alpha, onClassification);
    }

    /// <summary>The 2014 paper's value: 0.1 N, N labelled and unlabelled items.</summary>
    public static AlphaWeight Paper => OnClassification(0.1, AlphaConvention.TimesItems);

    /// <summary>
    /// J + α C, equation 20 of Beaulac's lectures and 9 of Kingma et al. (2014). The loss is −(J + α C) / N, nats an item; α = 0
    /// leaves the pure bound, in which labelled rows teach the classifier nothing.
    /// </summary>
    /// <param name="alpha">α, at least 0.</param>
    /// <param name="convention">Its unit.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is below 0 or not finite,
    /// or the convention is unknown.</exception>
    public static AlphaWeight OnClassification(double alpha, AlphaConvention convention) => Enum.IsDefined(convention)
        ? new(alpha, convention)
        : throw new ArgumentOutOfRangeException(nameof(convention), convention, "not one of MeanOverLabelled, PerRow, TimesItems");

    /// <summary>
    /// α J + C, equation 21 of Beaulac's lectures. The loss is −(α J + C), nats a labelled item; α = 0 leaves the classifier alone,
    /// and with a small α the model is a regulariser of it. It is α times equation 20 with 1/α, so both have the same maximisers.
    /// </summary>
    /// <param name="alpha">α, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is below 0 or not finite.</exception>
    public static AlphaWeight OnBound(double alpha) => new(alpha, null);

    /// <summary>Whether the loss is only the classification: nothing is left for unlabelled items.</summary>
    internal bool IsSupervisedOnly => _onClassification is null && _alpha == 0;

    /// <summary>The weights of J and of C in the loss, for given numbers of items.</summary>
    internal (double Bound, double Classification) Of(long labelled, long unlabelled)
    {
        double items = labelled + unlabelled;
        return _onClassification switch
        {
            null => (_alpha, 1),
            AlphaConvention.MeanOverLabelled => (1 / items, _alpha / items),
            AlphaConvention.PerRow => (1 / items, _alpha * labelled / items),
            _ => (1 / items, _alpha),
        };
    }

    /// <summary>The formula.</summary>
    public override string ToString() => _onClassification is { } convention
        ? FormattableString.Invariant($"J + {_alpha} C ({convention})")
        : FormattableString.Invariant($"{_alpha} J + C");
}
