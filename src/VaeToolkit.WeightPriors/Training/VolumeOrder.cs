namespace VaeToolkit.WeightPriors;

/// <summary>
/// The volumes of each step, as a function of (seed, step): pass after pass through all of them, each in an order of its own. Batches are
/// always full: one that begins at the end of a pass goes on in the next.
/// </summary>
internal sealed class VolumeOrder(IReadOnlyList<int> volumes, int batchSize, long seed)
{
    private long[] _order = [];
    private long _pass = -1;

    internal IReadOnlyList<int> At(long step) => [.. Enumerable.Range(0, batchSize).Select(i => Place(step * batchSize + i))];

    private int Place(long position)
    {
        var pass = position / volumes.Count;
        if (pass != _pass)
        {
            _order = [.. volumes.Select(volume => (long)volume)];
            SplitMix64.For(seed, pass).Shuffle(_order);
            _pass = pass;
        }
        return (int)_order[position % volumes.Count];
    }
}
