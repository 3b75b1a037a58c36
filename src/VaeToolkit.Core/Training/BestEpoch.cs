namespace VaeToolkit.Training;

/// <summary>Keeps the best epoch so far and counts how long ago it was. Until one counts, it is the latest.</summary>
/// <param name="patience">After how many epochs without a better one it is exhausted; null means never.</param>
/// <param name="minimumDelta">By how much an epoch's loss must be lower to be better.</param>
public sealed class BestEpoch(int? patience, double minimumDelta)
{
    private int _sinceBest;

    /// <summary>The best epoch; null before the first.</summary>
    public EpochSummary? Summary { get; private set; }

    /// <summary>Whether patience has run out.</summary>
    public bool IsExhausted => _sinceBest >= patience;

    /// <summary>The best epoch so far.</summary>
    public override string ToString() => Summary is null ? "no epoch yet" : $"best: {Summary}";

    /// <summary>Takes an epoch in; says whether it is the best so far.</summary>
    public bool Observe(EpochSummary epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        var better = Summary is null or { IsWarmUp: true } || epoch.ComparedLoss < Summary.ComparedLoss - minimumDelta;
        _sinceBest = better ? 0 : _sinceBest + 1;
        if (better)
            Summary = epoch;
        return better;
    }
}
