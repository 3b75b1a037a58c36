namespace VaeToolkit.Mega;

/// <summary>A run of a mixture's expectation maximisation, and how good its end is.</summary>
/// <param name="Run">The run.</param>
/// <param name="Rank">Sound ones first, then by what they predict, then by the mean log-likelihood.</param>
internal sealed record MixtureCandidate(EmRun<MixtureState> Run, (bool IsSound, double Predicted, double LogLikelihood) Rank)
{
    // Of what is compared: more than units of the columns and a shift of them round.
    private const double Rounding = 1e-9;

    /// <summary>The better of two; of two that are equal but for rounding the first, so that it does not choose between them.</summary>
    internal static MixtureCandidate Better(MixtureCandidate? best, MixtureCandidate candidate)
        => best is null || Compare(candidate.Rank, best.Rank) > 0 ? candidate : best;

    private static int Compare((bool IsSound, double Predicted, double LogLikelihood) one,
        (bool IsSound, double Predicted, double LogLikelihood) other)
        => one.IsSound != other.IsSound ? one.IsSound.CompareTo(other.IsSound)
            : Compare(one.Predicted, other.Predicted) is var predicted and not 0 ? predicted
            : Compare(one.LogLikelihood, other.LogLikelihood);

    private static int Compare(double one, double other)
        => one.Equals(other) || (double.IsFinite(other) && Math.Abs(one - other) <= Rounding * (1 + Math.Abs(other)))
            ? 0 : one.CompareTo(other);
}

/// <summary>A mixture and p(k|x) of the rows under it.</summary>
internal sealed record MixtureState(MixtureParameters Parameters, double[] Responsibilities);
