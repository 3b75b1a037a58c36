namespace VaeToolkit.Archetypes;

/// <summary>Items that are far from one another, to start from: FurthestSum of Mørup and Hansen (2012).</summary>
internal static class FarApart
{
    /// <summary>Chooses one item after another, each with the largest sum of distances from those chosen, and then the first anew, since it
    /// was any.</summary>
    public static int[] Choose(double[][] items, int count, int first)
    {
        var chosen = new List<int> { first };
        var sums = DistancesFrom(items, first);
        for (var round = 0; round < 2 * count; round++)
        {
            // After k are chosen, the oldest is given up and chosen anew.
            if (chosen.Count == count)
            {
                Add(sums, DistancesFrom(items, chosen[0]), -1);
                chosen.RemoveAt(0);
            }
            var next = Furthest(sums, chosen);
            Add(sums, DistancesFrom(items, next), 1);
            chosen.Add(next);
        }
        return [.. chosen];
    }

    private static int Furthest(double[] sums, List<int> chosen)
    {
        var best = -1;
        for (var i = 0; i < sums.Length; i++)
        {
            if (!chosen.Contains(i) && (best < 0 || sums[i] > sums[best]))
                best = i;
        }
        return best;
    }

    private static double[] DistancesFrom(double[][] items, int item)
        => [.. items.Select(other => Math.Sqrt(CentredRows.SquaredDistance(other, items[item])))];

    private static void Add(double[] sums, double[] distances, double sign)
    {
        for (var i = 0; i < sums.Length; i++)
            sums[i] += sign * distances[i];
    }
}
