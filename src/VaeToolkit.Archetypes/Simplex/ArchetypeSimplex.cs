namespace VaeToolkit.Archetypes;

/// <summary>
/// The regular simplex on whose k vertices the archetypes sit (Keller et al. 2019): k points in M = k − 1 dimensions, all of norm 1, that
/// sum to 0 and have dot products −1/M, so that all edges are equally long. For k = 2 it is the segment from 1 to −1.
/// </summary>
public sealed class ArchetypeSimplex
{
    private readonly double[,] _vertices;

    /// <summary>Makes the simplex.</summary>
    /// <param name="count">Vertices k, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 2.</exception>
    public ArchetypeSimplex(int count)
    {
        (Count, Dimension) = (RequireTwo(count, nameof(count)), count - 1);
        _vertices = Helmert(count);
    }

    /// <summary>Vertices k.</summary>
    public int Count { get; }

    /// <summary>Dimensions M = k − 1.</summary>
    public int Dimension { get; }

    /// <summary>The length of every edge, √(2 (M + 1) / M).</summary>
    public double EdgeLength => Math.Sqrt(2.0 * Count / Dimension);

    /// <summary>The vertices, one a row, <c>[k, M]</c>; a copy.</summary>
    public double[,] Vertices() => (double[,])_vertices.Clone();

    /// <summary>k, M and the length of an edge.</summary>
    public override string ToString()
        => FormattableString.Invariant($"simplex of {Count} vertices in {Dimension} dimension(s), edges of {EdgeLength:F4}");

    internal static int RequireTwo(long count, string name) => count is >= 2 and <= int.MaxValue
        ? (int)count
        : throw new ArgumentOutOfRangeException(name, count, "there must be at least 2 archetypes");

    // The columns of Helmert's matrix without its first row have norm² 1 − 1/k and dot products −1/k.
    private static double[,] Helmert(int count)
    {
        var vertices = new double[count, count - 1];
        var scale = Math.Sqrt((double)count / (count - 1));
        for (var j = 1; j < count; j++)
        {
            var step = scale / Math.Sqrt((double)j * (j + 1));
            for (var i = 0; i < j; i++)
                vertices[i, j - 1] = step;
            vertices[j, j - 1] = -j * step;
        }
        return vertices;
    }
}
