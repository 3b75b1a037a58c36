namespace VaeToolkit.Mega;

/// <summary>Where the runs of a mixture's expectation maximisation ended: the best, and how many ended there.</summary>
/// <param name="rows">Number of rows N.</param>
/// <param name="change">The change of the log-likelihood a row, nats, below which a run stops.</param>
internal sealed class MixtureOptima(long rows, double change)
{
    // Sums over rows, nats: runs stop a little before the optimum, slow ones by many times their last change.
    private readonly double _tolerance = 0.01 + rows * Math.Max(1e-6, 100 * change);
    private readonly List<double> _sound = [];

    /// <summary>The best, sound ones before others; null when there is none.</summary>
    internal MixtureCandidate? Best { get; private set; }

    /// <summary>Number of runs that ended soundly.</summary>
    internal int Sound => _sound.Count;

    /// <summary>Number of runs that ended soundly where the best did.</summary>
    internal int OfBest => Best is { Rank.IsSound: true } best
        ? _sound.Count(logLikelihood => Math.Abs(logLikelihood - best.Rank.LogLikelihood) * rows < _tolerance) : 0;

    /// <summary>That the runs ended in many optima, where the best is sound and no two ended in it.</summary>
    internal IReadOnlyList<string> Findings => OfBest != 1 || !Best!.Run.Converged ? [] :
    [
        Mega.Rows.Text($"the likelihood has many optima: of {Sound} runs that ended soundly one ended in this; more Restarts may find a ")
            + "better one, and fewer components or a simpler form may have one only",
    ];

    internal void Add(MixtureCandidate candidate)
    {
        if (candidate.Rank.IsSound)
            _sound.Add(candidate.Rank.LogLikelihood);
        Best = MixtureCandidate.Better(Best, candidate);
    }
}
