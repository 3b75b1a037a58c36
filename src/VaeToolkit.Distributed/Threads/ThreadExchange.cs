using System.Numerics;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>A rank that is a thread.</summary>
internal sealed class ThreadExchange(RankMeeting meeting, int rank) : IExchange
{
    public int Rank => rank;

    public int Size => meeting.Ranks;

    public void AllReduce(Span<float> values) => Sum(values);

    public void AllReduce(Span<double> values) => Sum(values);

    public void Broadcast(Span<byte> values, int root)
    {
        if (rank == root)
            meeting.Left[root] = values.ToArray();
        meeting.Wait();
        if (rank != root)
            Taken<byte>(root, values.Length).CopyTo(values);
        meeting.Wait();
    }

    public void Barrier() => meeting.Wait();

    public void Abort(string message) => meeting.Fail(rank, message);

    /// <summary>The rank and how many there are.</summary>
    public override string ToString() => $"rank {Rank} of {Size}";

    private void Sum<T>(Span<T> values)
        where T : INumber<T>
    {
        meeting.Left[rank] = values.ToArray();
        meeting.Wait();
        Taken<T>(0, values.Length).CopyTo(values);
        for (var other = 1; other < meeting.Ranks; other++)
        {
            var theirs = Taken<T>(other, values.Length);
            for (var i = 0; i < values.Length; i++)
                values[i] += theirs[i];
        }
        meeting.Wait();
    }

    private T[] Taken<T>(int from, int length) => meeting.Left[from] is T[] left && left.Length == length ? left
        : throw new InvalidOperationException($"rank {from} has left {meeting.Left[from]?.Length} numbers, rank {rank} expects {length} of "
            + $"{typeof(T).Name}: the ranks do not make the same calls");
}
