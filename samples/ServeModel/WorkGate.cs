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

    /// <summary>Does some work in its turn.</summary>
    /// <exception cref="RefusedException">Too many wait already.</exception>
    /// <exception cref="OperationCanceledException">The request took too long, or its client has gone.</exception>
    public async Task<T> Run<T>(Func<T> work, CancellationToken stop)
    {
        using var turn = await Enter(stop);
        return work();
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
