namespace VaeToolkit.Archetypes;

/// <summary>Items less their mean and in units of their largest value, so that sums of squares neither overflow nor cancel.</summary>
internal sealed class CentredRows
{
    // Items that differ by less than this share of their size are one but for the rounding of whatever computed them.
    private const double Rounding = 1e-12;

    // Products with it, and sums of those, are finite.
    private const double Furthest = 1e280;

    private readonly double[,] _given;
    private readonly double[] _mean;
    private readonly double _unit;

    public CentredRows(double[,] rows)
    {
        _given = rows;
        var (count, dimension) = (rows.GetLength(0), rows.GetLength(1));
        // Less the first, which all share: rounding then is of the differences' size.
        _mean = [.. Enumerable.Range(0, dimension).Select(
            j => rows[0, j] + Enumerable.Range(0, count).Sum(i => Part(rows[i, j], rows[0, j])))];
        var isConstant = true;
        _unit = 0;
        for (var j = 0; j < dimension; j++)
        {
            var (size, deviation) = (0.0, 0.0);
            for (var i = 0; i < count; i++)
                (size, deviation) = (Math.Max(size, Math.Abs(rows[i, j])), Math.Max(deviation, Math.Abs(rows[i, j] - _mean[j])));
            isConstant &= deviation <= Rounding * size;
            _unit = Math.Max(_unit, deviation);
        }
        if (isConstant || !double.IsFinite(_unit))
            _unit = 1;
        Values = [.. Enumerable.Range(0, count).Select(i => isConstant ? new double[dimension] : Centred(rows, i))];
        TotalSquares = Values.Sum(row => Dot(row, row));

        // Differences of what is very large have no double.
        double Part(double value, double first)
            => value - first is var difference && double.IsFinite(difference) ? difference / count : (value / count) - (first / count);
    }

    /// <summary>The items, one array each.</summary>
    public double[][] Values { get; }

    /// <summary>Their sum of squares, in these units.</summary>
    public double TotalSquares { get; }

    /// <summary>A sum of squares in the items' own unit.</summary>
    public double SumOfSquares(double here) => here * _unit * _unit;

    /// <summary>A row of some matrix in these units.</summary>
    public double[] Centred(double[,] rows, int i)
    {
        double[] centred = [.. Enumerable.Range(0, _mean.Length).Select(j => (rows[i, j] - _mean[j]) / _unit)];
        if (Array.TrueForAll(centred, value => Math.Abs(value) < Furthest))
            return centred;
        // So far out only the direction counts.
        var size = Enumerable.Range(0, _mean.Length).Max(j => Math.Abs(rows[i, j]));
        return [.. Enumerable.Range(0, _mean.Length).Select(j => (rows[i, j] / size - _mean[j] / size) * Furthest)];
    }

    /// <summary>Mixtures B X of the items as they were given.</summary>
    public double[,] Mixtures(double[,] mixing)
    {
        var (count, dimension) = (mixing.GetLength(0), _mean.Length);
        var mixtures = new double[count, dimension];
        for (var k = 0; k < count; k++)
        {
            for (var i = 0; i < mixing.GetLength(1); i++)
            {
                if (mixing[k, i] is var weight and > 0)
                {
                    for (var j = 0; j < dimension; j++)
                        mixtures[k, j] += weight * _given[i, j];
                }
            }
        }
        return mixtures;
    }

    public static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var j = 0; j < a.Length; j++)
            sum += a[j] * b[j];
        return sum;
    }

    public static double SquaredDistance(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var j = 0; j < a.Length; j++)
            sum += (a[j] - b[j]) * (a[j] - b[j]);
        return sum;
    }
}
