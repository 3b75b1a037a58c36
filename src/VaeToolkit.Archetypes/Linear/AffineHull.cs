namespace VaeToolkit.Archetypes;

/// <summary>The flat through some points.</summary>
internal static class AffineHull
{
    // Of a direction's squared length: what is left of it beside the others, below which it is no direction of its own.
    private const double Dependent = 1e-13;

    /// <summary>Weights with sum 1 of the point nearest to a target, by Cholesky's method; null where the points are dependent.</summary>
    public static double[]? Nearest(double[][] points, List<int> chosen, double[] target)
    {
        var size = chosen.Count - 1;
        var origin = points[chosen[0]];
        var directions = new double[size][];
        for (var a = 0; a < size; a++)
            directions[a] = Difference(points[chosen[a + 1]], origin);
        var factor = new double[size, size];
        var solution = new double[size];
        var aim = Difference(target, origin);
        for (var a = 0; a < size; a++)
        {
            for (var b = 0; b < a; b++)
                factor[a, b] = Reduced(CentredRows.Dot(directions[a], directions[b]), factor, a, b) / factor[b, b];
            var length = CentredRows.Dot(directions[a], directions[a]);
            var left = Reduced(length, factor, a, a);
            if (!(left > Dependent * length))
                return null;
            factor[a, a] = Math.Sqrt(left);
            solution[a] = CentredRows.Dot(directions[a], aim);
            for (var b = 0; b < a; b++)
                solution[a] -= factor[a, b] * solution[b];
            solution[a] /= factor[a, a];
        }
        return Weights(factor, solution);
    }

    private static double[] Weights(double[,] factor, double[] solution)
    {
        var weights = new double[solution.Length + 1];
        for (var a = solution.Length - 1; a >= 0; a--)
        {
            for (var b = a + 1; b < solution.Length; b++)
                solution[a] -= factor[b, a] * solution[b];
            solution[a] /= factor[a, a];
            weights[a + 1] = solution[a];
        }
        weights[0] = 1 - solution.Sum();
        return weights;
    }

    private static double Reduced(double product, double[,] factor, int a, int b)
    {
        for (var c = 0; c < b; c++)
            product -= factor[a, c] * factor[b, c];
        return product;
    }

    private static double[] Difference(double[] a, double[] b)
    {
        var difference = new double[a.Length];
        for (var j = 0; j < a.Length; j++)
            difference[j] = a[j] - b[j];
        return difference;
    }
}
