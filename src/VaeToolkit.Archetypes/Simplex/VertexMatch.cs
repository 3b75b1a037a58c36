namespace VaeToolkit.Archetypes;

/// <summary>
/// Archetypes that were found beside those that are sought, in pairs: the numbering of vertices means nothing, and two runs may number
/// them differently. The pairs are those of the smallest sum of distances among all k! ways.
/// </summary>
public sealed record VertexMatch
{
    /// <summary>For each sought row the found row that goes with it.</summary>
    public required IReadOnlyList<int> Found { get; init; }

    /// <summary>The Euclidean distance of every pair, in the order of the sought rows; infinite where it is beyond 1.8e308.</summary>
    public required IReadOnlyList<double> Distances { get; init; }

    /// <summary>The largest distance.</summary>
    public double LargestDistance => Distances.Max();

    /// <summary>Pairs the rows.</summary>
    /// <param name="found">Archetypes that were found, <c>[k, D]</c>.</param>
    /// <param name="sought">Those that are sought, <c>[k, D]</c>.</param>
    /// <exception cref="ArgumentException">The shapes differ, are empty, or a value is NaN or infinite.</exception>
    public static VertexMatch Of(double[,] found, double[,] sought)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(sought);
        var (rows, columns) = (found.GetLength(0), found.GetLength(1));
        if (rows == 0 || rows != sought.GetLength(0) || columns != sought.GetLength(1))
            throw new ArgumentException(
                $"found is [{rows}, {columns}], sought [{sought.GetLength(0)}, {sought.GetLength(1)}]; "
                + "they must be of one shape [k, D]", nameof(sought));
        RowMatrix.RequireFinite(found, nameof(found));
        RowMatrix.RequireFinite(sought, nameof(sought));
        // Reckoned with in a unit of their size, 2 to this power, which rounds nothing: squares and sums of distances are numbers.
        var unit = Unit(found, sought);
        var costs = new double[rows, rows];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < rows; j++)
                costs[i, j] = Distance(sought, i, found, j, -unit);
        }
        var order = Assignment.Of(costs);
        return new() { Found = order, Distances = [.. order.Select((j, i) => Math.ScaleB(costs[i, j], unit))] };
    }

    /// <summary>The pairs and their distances.</summary>
    public override string ToString() => TextTable.Of(
        [["sought", "found", "distance"],
            .. Found.Select((j, i) => (string[])[$"{i}", $"{j}", TextTable.Number(Distances[i])])]);

    private static int Unit(double[,] found, double[,] sought)
    {
        var largest = found.Cast<double>().Concat(sought.Cast<double>()).Select(Math.Abs).DefaultIfEmpty().Max();
        return Math.Max(-1000, Math.ILogB(Math.Max(double.Epsilon, largest)));
    }

    private static double Distance(double[,] a, int i, double[,] b, int j, int scale)
    {
        var sum = 0.0;
        for (var d = 0; d < a.GetLength(1); d++)
        {
            var difference = Math.ScaleB(a[i, d], scale) - Math.ScaleB(b[j, d], scale);
            sum += difference * difference;
        }
        return Math.Sqrt(sum);
    }
}
