using System.Runtime.CompilerServices;

namespace TorchSharp.Tests;

/// <summary>Every tensor is freed exactly once, whoever comes first of hand, scope, finalizer and other threads.</summary>
public sealed class LifetimeTests
{
    private const int Threads = 8;

    public LifetimeTests() => Settle();

    [Fact]
    public void Many_threads_disposing_the_same_tensors_free_each_once()
    {
        var before = LiveTensors.Count();
        for (var round = 0; round < 50; round++)
        {
            var tensors = Enumerable.Range(0, 200).Select(i => full(3, i)).ToArray();
            OnAllThreads(_ => Array.ForEach(tensors, t => t.Dispose()));
        }
        Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void A_scope_and_other_threads_may_dispose_the_same_tensors()
    {
        var before = LiveTensors.Count();
        for (var round = 0; round < 50; round++)
        {
            using var scope = NewDisposeScope();
            var tensors = Enumerable.Range(0, 200).Select(i => full(3, i)).ToArray();
            OnAllThreads(n =>
            {
                if (n == 0)
                    scope.DisposeEverything();
                else
                    Array.ForEach(tensors, t => t.Dispose());
            });
            scope.DisposablesCount.Should().Be(0);
        }
        Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void A_thread_may_dispose_while_the_owner_makes_more()
    {
        var before = LiveTensors.Count();
        using (NewDisposeScope())
        {
            var shared = Enumerable.Range(0, 2000).Select(i => full(2, i)).ToArray();
            var thread = new Thread(() => Array.ForEach(shared, t => t.Dispose()));
            thread.Start();
            for (var i = 0; i < 2000; i++)
                _ = ones(2);
            thread.Join();
        }
        Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void What_is_dropped_is_freed_by_the_finalizer()
    {
        var before = LiveTensors.Count();
        OnAllThreads(n => Drop(200 + n));
        Settle();
        Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void A_dropped_scope_lets_its_tensors_go()
    {
        var before = LiveTensors.Count();
        var thread = new Thread(() =>
        {
            _ = NewDisposeScope();
            Drop(100);
        });
        thread.Start();
        thread.Join();
        Settle();
        Tensor.TotalCount.Should().Be(before);
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
                _ = kept.Aggregate((a, b) => a.IsInvalid ? b : b.IsInvalid ? a : a + b).MoveToOuterDisposeScope();
                if (round % 10 == n % 10)
                    GC.Collect(0);
            }
        });
        Settle();
        Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void A_tensor_lives_while_an_operator_reads_it()
    {
        for (var i = 0; i < 200; i++)
        {
            var sum = Enumerable.Range(0, 50).Select(n => ones(10)).Aggregate(zeros(10), (a, b) => a.add(b));
            if (i % 20 == 0)
                GC.Collect();
            sum.ShouldHold([.. Enumerable.Repeat(50.0, 10)]);
        }
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

    private static void Settle()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
