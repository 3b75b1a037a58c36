namespace VaeToolkit;

/// <summary>
/// Has the scalars of TorchSharp's operators freed now and then in a long computation. They are freed when they are collected, and each
/// that is left lies in what was a freed tensor's memory, into which the next tensor of that size then does not fit.
/// </summary>
/// <remarks>
/// Nothing keeps a scalar from its finalizer while an operator reads it, so it collects only while none of the computation's threads is at
/// work.
/// </remarks>
internal sealed class ScalarCollector : IDisposable
{
    /// <summary>Parts of the computation between two collections.</summary>
    internal const int Interval = 50;

    private readonly ReaderWriterLockSlim _work = new();
    private int _parts;

    /// <summary>How often it has collected.</summary>
    internal int Collections { get; private set; }

    /// <summary>Whether a thread waits for others to end their parts, to collect.</summary>
    internal bool IsWaiting => _work.WaitingWriteCount > 0;

    /// <summary>Begins a part of the computation, which ends when the result is disposed on this thread.</summary>
    /// <param name="collector">Null does nothing.</param>
    internal static Part Begin(ScalarCollector? collector)
    {
        collector?._work.EnterReadLock();
        return new(collector);
    }

    /// <summary>Frees the lock.</summary>
    public void Dispose() => _work.Dispose();

    private void End()
    {
        _work.ExitReadLock();
        if (Interlocked.Increment(ref _parts) % Interval != 0)
            return;
        _work.EnterWriteLock();
        try
        {
            GC.Collect(0);
            Collections++;
        }
        finally
        {
            _work.ExitWriteLock();
        }
    }

    /// <summary>A part under way.</summary>
    internal readonly ref struct Part(ScalarCollector? collector)
    {
        /// <summary>Ends it.</summary>
        public void Dispose() => collector?.End();
    }
}
