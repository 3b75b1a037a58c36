using System.Runtime.CompilerServices;

namespace TorchSharp.Tests;

/// <summary>
/// Every tensor is freed exactly once, whoever comes first of hand, scope and finalizer, with threads that each dispose what is their own.
/// (One tensor disposed on two threads at once ends the process: <see cref="UpstreamFaultTests"/>.)
/// </summary>
public sealed class LifetimeTests
{
    private const int Threads = 8;

    [Fact]
    public void What_is_dropped_is_freed_by_the_finalizer()
    {
        var before = LiveTensors.Count();
        OnAllThreads(n => Drop(200 + n));
        LiveTensors.Count().Should().Be(before);
    }

    [Fact]
    public void Hands_scopes_and_finalizers_together_lose_nothing()
    {
        var before = LiveTensors.Count();
        OnAllThreads(n =>
        {
            for (var round = 0; round < 30; round++)
            {
                using var scope = NewDisposeScope();
                var kept = Enumerable.Range(0, 20).Select(i => full(4, i)).ToArray();
                kept[round % 20].Dispose();
                kept[(round + 7) % 20].DetachFromDisposeScope();
                // Not a sum: that passes a Scalar, which nothing keeps from its finalizer until the native function has read it.
                _ = kept.Aggregate((a, b) => a.IsInvalid ? b : b.IsInvalid ? a : a.maximum(b)).MoveToOuterDisposeScope();
                if (round % 10 == n % 10)
                    GC.Collect(0);
            }
        });
        LiveTensors.Count().Should().Be(before);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(int count)
    {
        for (var i = 0; i < count; i++)
            _ = full(3, i);
    }

    private static void OnAllThreads(Action<int> action)
    {
        var errors = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(n => new Thread(() => Guarded(() => action(n)))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        errors.Should().BeEmpty();

        void Guarded(Action guarded)
        {
            try
            {
                guarded();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                errors.Enqueue(e);
            }
        }
    }
}
