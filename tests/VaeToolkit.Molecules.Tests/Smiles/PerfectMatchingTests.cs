namespace VaeToolkit.Molecules.Tests.Smiles;

/// <summary>Edmonds' algorithm finds a matching exactly where trying all of them does.</summary>
public sealed class PerfectMatchingTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(9)]
    public void It_agrees_with_trying_everything_on_random_graphs(int size)
    {
        var random = new Random(size);
        var found = 0;
        for (var trial = 0; trial < 500; trial++)
        {
            var matching = new PerfectMatching(size);
            var isRequired = Enumerable.Range(0, size).Select(_ => random.Next(5) > 0).ToArray();
            var isThere = isRequired.Select(required => required || random.Next(2) == 0).ToArray();
            for (var i = 0; i < size; i++)
            {
                if (isRequired[i])
                    matching.Require(i);
                else if (isThere[i])
                    matching.Allow(i);
            }
            var edges = new bool[size, size];
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    if (random.Next(3) > 0)
                        continue;
                    matching.Join(i, j);
                    edges[i, j] = edges[j, i] = isThere[i] && isThere[j];
                }
            }
            var exists = Exists(edges, isRequired, new bool[size], 0);
            (matching.FindUnmatched() is null).Should().Be(exists);
            found += exists ? 1 : 0;
        }
        found.Should().BeInRange(25, 475, "both answers must come");
    }

    private static bool Exists(bool[,] edges, bool[] isRequired, bool[] isTaken, int from)
    {
        while (from < isTaken.Length && (isTaken[from] || !isRequired[from]))
            from++;
        if (from == isTaken.Length)
            return true;
        for (var other = 0; other < isTaken.Length; other++)
        {
            if (isTaken[other] || !edges[from, other])
                continue;
            isTaken[from] = isTaken[other] = true;
            if (Exists(edges, isRequired, isTaken, from + 1))
                return true;
            isTaken[from] = isTaken[other] = false;
        }
        return false;
    }
}
