using System.Runtime.ExceptionServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>
/// Ranks that are threads of this process, for trying out and for tests: they need no MPI, and are no faster than one. Sums are taken in
/// the order of ranks.
/// </summary>
/// <remarks>
/// Every rank has a model of its own, made one after the other before they start, since layers draw their first weights from torch's one
/// generator. Steps draw from a generator of each rank's own. What draws from torch's (a layer from outside this library) draws in no
/// certain order here, and as it should in processes. Torch's threads are divided among the ranks.
/// </remarks>
public static class RankThreads
{
    /// <summary>Runs something once for every rank, side by side, and returns when all have ended.</summary>
    /// <param name="ranks">How many ranks, at least 1.</param>
    /// <param name="main">What each does, given its exchange.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ranks"/> is below 1.</exception>
    /// <exception cref="RankFailedException">A rank has ended while others wait for it: they do not make the same calls.</exception>
    /// <exception cref="Exception">What the first rank that failed threw; the others are ended with a
    /// <see cref="RankFailedException"/>.</exception>
    public static void Run(int ranks, Action<IExchange> main)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ranks, 1);
        ArgumentNullException.ThrowIfNull(main);
        var before = torch.get_num_threads();
        var share = Math.Max(1, before / ranks);
        using var meeting = new RankMeeting(ranks);
        var failures = new ExceptionDispatchInfo?[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            var exchange = new ThreadExchange(meeting, rank);
            try
            {
                torch.set_num_threads(share);
                main(exchange);
                // Nobody waits for it any more where all have made the same calls.
                exchange.Abort("it has ended, and others wait for it");
            }
            catch (Exception failure)
            {
                failures[rank] = ExceptionDispatchInfo.Capture(failure);
                exchange.Abort(FailureText.Of(failure));
            }
        })
        { IsBackground = true, Name = $"rank {rank}" }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        // A thread's number is also that of threads that begin later.
        torch.set_num_threads(before);
        var thrown = failures.OfType<ExceptionDispatchInfo>().ToList();
        (thrown.Find(failure => failure.SourceException is not RankFailedException) ?? thrown.FirstOrDefault())?.Throw();
    }
}
