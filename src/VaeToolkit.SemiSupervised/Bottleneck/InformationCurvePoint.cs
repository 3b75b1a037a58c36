namespace VaeToolkit.SemiSupervised;

/// <summary>A point of an information curve.</summary>
/// <param name="Beta">The weights that it was trained with.</param>
/// <param name="Point">Rate and information.</param>
public sealed record InformationCurvePoint(BetaWeight Beta, InformationPoint Point)
{
    /// <summary>β in the convention R − β I, whichever the weights were written in: the information's weight over the rate's.</summary>
    public double BetaOnInformation => Beta.Reconstruction / Beta.Kl;

    /// <summary>The figures in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"β {BetaOnInformation:G4}: {Point}");
}
