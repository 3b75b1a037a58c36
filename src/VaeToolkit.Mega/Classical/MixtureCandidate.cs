namespace VaeToolkit.Mega;

/// <summary>A run of a mixture's expectation maximisation, and how good its end is.</summary>
/// <param name="Run">The run.</param>
/// <param name="Rank">Sound ones first, then by what they predict, then by the mean log-likelihood.</param>
internal sealed record MixtureCandidate(EmRun<MixtureState> Run, (bool IsSound, double Predicted, double LogLikelihood) Rank)
{
    internal static MixtureCandidate Better(MixtureCandidate? best, MixtureCandidate candidate)
        => best is null || candidate.Rank.CompareTo(best.Rank) > 0 ? candidate : best;
}

/// <summary>A mixture and p(k|x) of the rows under it.</summary>
internal sealed record MixtureState(MixtureParameters Parameters, double[] Responsibilities);
