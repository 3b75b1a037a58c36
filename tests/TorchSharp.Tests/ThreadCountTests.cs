namespace TorchSharp.Tests;

/// <summary>How many threads an operator may use is each calling thread's own setting; dividing work among threads leans on that.</summary>
public sealed class ThreadCountTests : IDisposable
{
    private readonly int _before = get_num_threads();

    public void Dispose() => set_num_threads(_before);

    [Fact]
    public void The_number_of_threads_can_be_read_and_set()
    {
        set_num_threads(1);
        get_num_threads().Should().Be(1);
        set_num_threads(3);
        get_num_threads().Should().Be(3);
    }

    [Fact]
    public void What_another_thread_sets_does_not_change_this_ones()
    {
        set_num_threads(2);
        var there = 0;
        var other = new Thread(() =>
        {
            set_num_threads(1);
            there = get_num_threads();
        });
        other.Start();
        other.Join();
        (there, get_num_threads()).Should().Be((1, 2));
    }
}
