namespace VaeToolkit.Distributed.Tests;

/// <summary>Data that can be read once, and then no more.</summary>
internal sealed class BreakingData(DataSource data, bool breaksOff) : DataSource
{
    private int _passes;

    public override long Count => data.Count;

    public override IReadOnlyList<long> ItemShape => data.ItemShape;

    public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => data.Batches(size, seed, epoch);

    public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        => breaksOff && _passes++ > 0 ? throw new IOException("the disk is gone") : data.InOrder(size, seed);

    protected override void Dispose(bool disposing)
    {
    }
}
