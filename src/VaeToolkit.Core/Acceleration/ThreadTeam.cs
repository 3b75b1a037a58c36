using System.Runtime.ExceptionServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The caller's thread and others that run jobs beside it. They are its own rather than the pool's, because torch's thread settings stay
/// with the thread that they were made on.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    private readonly Member[] _others;

    /// <summary>A team.</summary>
    /// <param name="size">Its threads, the caller's included, at least 1.</param>
    internal ThreadTeam(int size) => _others = [.. Enumerable.Range(1, size - 1).Select(index => new Member(index))];

    /// <summary>Number of threads, the caller's included.</summary>
    internal int Size => _others.Length + 1;

    /// <summary>
    /// Runs <c>job(0)</c> here and <c>job(1)</c>, <c>job(2)</c>, … beside it. Returns when all have ended;
    /// then the first failure is thrown.
    /// </summary>
    internal void Run(Action<int> job)
    {
        Array.ForEach(_others, other => other.Begin(job));
        try
        {
            job(0);
        }
        finally
        {
            Array.ForEach(_others, other => other.Wait());
        }
        Array.ForEach(_others, other => other.Failure?.Throw());
    }

    /// <summary>
    /// Divides torch's threads among the members until it is disposed. Not to be done once a step: torch makes a pool of threads anew for
    /// every change.
    /// </summary>
    internal IDisposable ShareThreads()
    {
        var before = torch.get_num_threads();
        if (Size > 1)
            Run(_ => torch.set_num_threads(Math.Max(1, before / Size)));
        return new ThreadCount(before);
    }

    public void Dispose() => Array.ForEach(_others, other => other.Dispose());

    private sealed class ThreadCount(int before) : IDisposable
    {
        public void Dispose()
        {
            if (torch.get_num_threads() != before)
                torch.set_num_threads(before);
        }
    }

    private sealed class Member : IDisposable
    {
        private readonly SemaphoreSlim _begin = new(0);
        private readonly SemaphoreSlim _end = new(0);
        private readonly Thread _thread;
        private Action<int>? _job;

        internal Member(int index)
        {
            _thread = new Thread(() => Work(index)) { IsBackground = true, Name = nameof(ThreadTeam) };
            _thread.Start();
        }

        internal ExceptionDispatchInfo? Failure { get; private set; }

        internal void Begin(Action<int>? job)
        {
            _job = job;
            _begin.Release();
        }

        internal void Wait() => _end.Wait();

        public void Dispose()
        {
            Begin(null);
            _thread.Join();
            _begin.Dispose();
            _end.Dispose();
        }

        private void Work(int index)
        {
            for (; ; )
            {
                _begin.Wait();
                if (_job is not { } job)
                    return;
                Failure = null;
                try
                {
                    job(index);
                }
                catch (Exception e)
                {
                    Failure = ExceptionDispatchInfo.Capture(e);
                }
                _end.Release();
            }
        }
    }
}
