using VaeToolkit.Evaluation;

namespace VaeToolkit.Mega;

/// <summary>Options of <see cref="MegaRegularised"/>.</summary>
public sealed record MegaOptions
{
    /// <summary>α, the weight of the gap in nats per unit of it, at least 0; default 1.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>What is added; default 2MEGA-F.</summary>
    public MegaTerm Term { get; init; } = MegaTerm.SecondOrder;

    /// <summary>m, draws of z ~ p(z) a step, at least 1 (2 for the U-statistic); default 100.</summary>
    public int Draws { get; init; } = 100;

    internal MegaOptions Validated()
    {
        OptionRange.RequireKnown(Term, nameof(Term));
        if (!(Alpha >= 0 && double.IsFinite(Alpha)))
            throw new ArgumentOutOfRangeException(nameof(Alpha), Alpha, "Alpha must be a number of at least 0");
        if (Draws < (Term == MegaTerm.UnbiasedSquared ? 2 : 1))
            throw new ArgumentOutOfRangeException(
                nameof(Draws), Draws, $"Draws must be at least 1, or 2 for {nameof(MegaTerm.UnbiasedSquared)}");
        return this;
    }
}
