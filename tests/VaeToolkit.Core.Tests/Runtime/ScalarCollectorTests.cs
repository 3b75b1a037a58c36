namespace VaeToolkit.Tests.Runtime;

public class ScalarCollectorTests
{
    // A scalar that an operator is reading may be finalised by a collection.
    [Fact]
    public void It_collects_once_an_interval_and_never_while_another_thread_computes()
    {
        using var collector = new ScalarCollector();
        for (var part = 1; part < ScalarCollector.Interval; part++)
            ScalarCollector.Begin(collector).Dispose();
        var (before, elsewhere) = (GC.CollectionCount(0), new Thread(() => ScalarCollector.Begin(collector).Dispose()));
        using (ScalarCollector.Begin(collector))
        {
            elsewhere.Start();
            SpinWait.SpinUntil(() => collector.IsWaiting);
            collector.Collections.Should().Be(0);
        }
        elsewhere.Join();
        collector.Collections.Should().Be(1);
        GC.CollectionCount(0).Should().BeGreaterThan(before);
    }
}
