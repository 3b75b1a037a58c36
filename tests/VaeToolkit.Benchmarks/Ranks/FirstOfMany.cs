using VaeToolkit.Training;

namespace VaeToolkit.Benchmarks.Ranks;

/// <summary>Rank 0 of so many whose others add nothing and take no time: for measuring what a rank works by itself.</summary>
internal sealed class FirstOfMany(int ranks) : IExchange
{
    public int Rank => 0;

    public int Size => ranks;

    public void AllReduce(Span<float> values)
    {
    }

    public void AllReduce(Span<double> values)
    {
    }

    public void Broadcast(Span<byte> values, int root)
    {
    }

    public void Barrier()
    {
    }

    public void Abort(string message) => throw new InvalidOperationException(message);
}
