namespace VaeToolkit.Archetypes;

/// <summary>The assignment of rows to columns of the smallest total cost, by shortest augmenting paths (Kuhn, Munkres), in k³.</summary>
internal static class Assignment
{
    /// <summary>For each row its column.</summary>
    public static int[] Of(double[,] costs)
    {
        var size = costs.GetLength(0);
        var (rowPrice, columnPrice) = (new double[size + 1], new double[size + 1]);
        // Row of each column; column 0 stands for the row that is being placed, rows and columns count from 1.
        var rowOf = new int[size + 1];
        for (var row = 1; row <= size; row++)
        {
            rowOf[0] = row;
            var (before, free) = ShortestPath(costs, rowOf, rowPrice, columnPrice);
            for (var column = free; column != 0; column = before[column])
                rowOf[column] = rowOf[before[column]];
        }
        var columnOf = new int[size];
        for (var column = 1; column <= size; column++)
            columnOf[rowOf[column] - 1] = column - 1;
        return columnOf;
    }

    private static (int[] Before, int Free) ShortestPath(double[,] costs, int[] rowOf, double[] rowPrice, double[] columnPrice)
    {
        var size = rowOf.Length - 1;
        var (least, before, seen) = (new double[size + 1], new int[size + 1], new bool[size + 1]);
        Array.Fill(least, double.PositiveInfinity);
        var column = 0;
        while (rowOf[column] != 0)
        {
            seen[column] = true;
            var (row, next, step) = (rowOf[column], 0, double.PositiveInfinity);
            for (var other = 1; other <= size; other++)
            {
                if (seen[other])
                    continue;
                var cost = costs[row - 1, other - 1] - rowPrice[row] - columnPrice[other];
                if (cost < least[other])
                    (least[other], before[other]) = (cost, column);
                if (least[other] < step)
                    (step, next) = (least[other], other);
            }
            for (var other = 0; other <= size; other++)
            {
                if (seen[other])
                    (rowPrice[rowOf[other]], columnPrice[other]) = (rowPrice[rowOf[other]] + step, columnPrice[other] - step);
                else
                    least[other] -= step;
            }
            column = next;
        }
        return (before, column);
    }
}
