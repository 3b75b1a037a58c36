using System.Threading.RateLimiting;

namespace VaeToolkit.Samples;

/// <summary>
/// Lets as many requests to the model as there are processors, and others wait for their turn. The gate is within the handlers, after the
/// body was read, so that a client that sends its body slowly holds no processor.
/// </summary>
internal sealed class WorkGate(ServiceLimits limits) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new()
    {
        PermitLimit = limits.Concurrency,
        QueueLimit = limits.Queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Does some work in its turn, unless it comes too late: an answer that nobody waits for any more is none.</summary>
    /// <param name="work">The work, which ends early where it can once its token says so.</param>
    /// <param name="stop">The end of the request's time.</param>
    /// <exception cref="RefusedException">Too many wait already.</exception>
    /// <exception cref="OperationCanceledException">The request took too long, or its client has gone.</exception>
    public async Task<T> Run<T>(Func<CancellationToken, T> work, CancellationToken stop)
    {
        using var turn = await Enter(stop);
        stop.ThrowIfCancellationRequested();
        var answer = work(stop);
        stop.ThrowIfCancellationRequested();
        return answer;
    }

    /// <summary>A turn, which ends when it is disposed.</summary>
    public async Task<IDisposable> Enter(CancellationToken stop)
    {
        var lease = await _limiter.AcquireAsync(1, stop);
        if (lease.IsAcquired)
            return lease;
        lease.Dispose();
        throw new RefusedException(
            StatusCodes.Status503ServiceUnavailable, $"{limits.Queue} requests are waiting already; ask again in a second");
    }

    public void Dispose() => _limiter.Dispose();
}
