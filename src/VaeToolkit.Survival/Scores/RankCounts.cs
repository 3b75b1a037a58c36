namespace VaeToolkit.Survival;

/// <summary>How many patients were put in at each rank, with prefix sums in logarithmic time (Fenwick 1994).</summary>
internal sealed class RankCounts(int ranks)
{
    private readonly int[] _sums = new int[ranks + 1];

    /// <summary>How many there are in all.</summary>
    internal int Total { get; private set; }

    /// <summary>Puts one in.</summary>
    internal void Add(int rank)
    {
        Total++;
        for (var i = rank + 1; i < _sums.Length; i += i & -i)
            _sums[i]++;
    }

    /// <summary>How many have a smaller rank.</summary>
    internal int Below(int rank)
    {
        var count = 0;
        for (var i = rank; i > 0; i -= i & -i)
            count += _sums[i];
        return count;
    }
}
