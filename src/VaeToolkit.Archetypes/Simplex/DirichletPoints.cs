using MathNet.Numerics.Distributions;

namespace VaeToolkit.Archetypes;

/// <summary>
/// Weights spread evenly over a symmetric Dirichlet distribution, without randomness: averages over them converge faster than over draws.
/// Every point comes with its cyclic shifts, so that no vertex is favoured and the mean is 1/k exactly.
/// </summary>
internal static class DirichletPoints
{
    // Below, every point is a vertex to the last digit; above, shares are normal to four.
    private const double VertexBelow = 1e-10;
    private const double NormalFrom = 1e8;

    /// <summary>At least so many points, rounded up to a multiple of k: rows of k weights.</summary>
    public static double[,] Of(int archetypes, double concentration, int atLeast)
    {
        var different = (atLeast + archetypes - 1) / archetypes;
        var steps = Steps(archetypes - 2);
        var points = new double[different * archetypes, archetypes];
        for (var n = 0; n < different; n++)
        {
            double[] even = [(n + 0.5) / different, .. steps.Select(step => (0.5 + ((n + 1) * step)) % 1)];
            var weights = Weights(even, concentration);
            for (var shift = 0; shift < archetypes; shift++)
            {
                for (var i = 0; i < archetypes; i++)
                    points[(n * archetypes) + shift, (i + shift) % archetypes] = weights[i];
            }
        }
        return points;
    }

    // Sticks broken off one after another, by inverse distribution functions.
    private static double[] Weights(double[] even, double concentration)
    {
        var weights = new double[even.Length + 1];
        concentration = Math.Max(concentration, VertexBelow);
        var left = 1.0;
        for (var i = 0; i < even.Length; i++)
        {
            var others = even.Length - i;
            var share = concentration == 1 ? 1 - Math.Pow(1 - even[i], 1.0 / others)
                : concentration < NormalFrom ? Beta.InvCDF(concentration, concentration * others, even[i])
                : NearTheMiddle(concentration, others, even[i]);
            weights[i] = left * share;
            left -= weights[i];
        }
        weights[^1] = left;
        return weights;
    }

    private static double NearTheMiddle(double concentration, int others, double even)
    {
        var mean = 1.0 / (others + 1);
        return mean + (Math.Sqrt(mean * (1 - mean) * mean / concentration) * Normal.InvCDF(0, 1, even));
    }

    // Beside a first axis that is divided evenly, Roberts' additive recurrence: powers of 1/φ where φ^(d+1) = φ + 1.
    private static double[] Steps(int dimension)
    {
        var root = 2.0;
        for (var i = 0; i < 64; i++)
            root = Math.Pow(1 + root, 1.0 / (dimension + 1));
        return [.. Enumerable.Range(1, dimension).Select(j => Math.Pow(1 / root, j))];
    }
}
