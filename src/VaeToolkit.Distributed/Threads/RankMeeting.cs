using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>Where ranks that are threads meet and leave things for each other.</summary>
internal sealed class RankMeeting(int ranks) : IDisposable
{
    private readonly Barrier _barrier = new(ranks);
    private readonly CancellationTokenSource _failed = new();
    private RankFailedException? _failure;

    internal int Ranks => ranks;

    /// <summary>What each rank has left for the others.</summary>
    internal Array?[] Left { get; } = new Array?[ranks];

    /// <summary>Returns when all ranks have come.</summary>
    /// <exception cref="RankFailedException">One will not come.</exception>
    internal void Wait()
    {
        try
        {
            _barrier.SignalAndWait(_failed.Token);
        }
        catch (OperationCanceledException)
        {
            throw new RankFailedException(_failure!.Rank, _failure.Reason);
        }
    }

    /// <summary>Lets nobody wait any more.</summary>
    internal void Fail(int rank, string reason)
    {
        if (Interlocked.CompareExchange(ref _failure, new(rank, reason), null) is null)
            _failed.Cancel();
    }

    public void Dispose()
    {
        _barrier.Dispose();
        _failed.Dispose();
    }
}
