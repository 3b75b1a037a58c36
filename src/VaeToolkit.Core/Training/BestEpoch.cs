namespace VaeToolkit.Training;

/// <summary>Keeps the best epoch so far and counts how long ago it was. Until one counts, it is the latest.</summary>
internal sealed class BestEpoch(int? patience, double minimumDelta)
{
    private int _sinceBest;

    public EpochSummary? Summary { get; private set; }

    /// <summary>Whether patience has run out.</summary>
    public bool IsExhausted => _sinceBest >= patience;

    /// <summary>Takes an epoch in; says whether it is the best so far.</summary>
    public bool Observe(EpochSummary epoch)
    {
        var better = Summary is null or { IsWarmUp: true } || epoch.ComparedLoss < Summary.ComparedLoss - minimumDelta;
        _sinceBest = better ? 0 : _sinceBest + 1;
        if (better)
            Summary = epoch;
        return better;
    }
}
