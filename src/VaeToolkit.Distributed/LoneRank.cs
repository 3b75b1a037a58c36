using VaeToolkit.Training;

namespace VaeToolkit.Distributed;

/// <summary>A program that was started by itself: the one rank that there is.</summary>
internal sealed class LoneRank : IExchange
{
    public int Rank => 0;

    public int Size => 1;

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

    /// <summary>There is nobody to tell: what failed is thrown as it is.</summary>
    public void Abort(string message)
    {
    }

    /// <summary>That it is alone.</summary>
    public override string ToString() => "the one rank";
}
