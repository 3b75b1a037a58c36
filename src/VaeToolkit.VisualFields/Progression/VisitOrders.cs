namespace VaeToolkit.VisualFields;

/// <summary>
/// The orders in which an eye's fields might have come: all of them, or so many drawn ones, always with the true one first.
/// </summary>
internal static class VisitOrders
{
    public static IReadOnlyList<int[]> Of(int visits, int most, long seed)
    {
        var all = 1.0;
        for (var i = 2; i <= visits; i++)
            all *= i;
        return all <= most ? [.. All([.. Enumerable.Range(0, visits)], 0)] : Drawn(visits, most, seed);
    }

    private static IEnumerable<int[]> All(int[] order, int start)
    {
        if (start >= order.Length - 1)
        {
            yield return [.. order];
            yield break;
        }
        for (var i = start; i < order.Length; i++)
        {
            (order[start], order[i]) = (order[i], order[start]);
            foreach (var rest in All(order, start + 1))
                yield return rest;
            (order[start], order[i]) = (order[i], order[start]);
        }
    }

    private static List<int[]> Drawn(int visits, int count, long seed)
    {
        var random = SplitMix64.For(seed, visits);
        var orders = new List<int[]>(count) { Enumerable.Range(0, visits).ToArray() };
        var order = new long[visits];
        while (orders.Count < count)
        {
            for (var i = 0; i < visits; i++)
                order[i] = i;
            random.Shuffle(order);
            orders.Add(Array.ConvertAll(order, i => (int)i));
        }
        return orders;
    }
}
