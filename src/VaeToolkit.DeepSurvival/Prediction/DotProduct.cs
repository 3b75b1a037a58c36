using System.Numerics;

namespace VaeToolkit.DeepSurvival;

/// <summary>The dot product of two vectors of one length.</summary>
internal static class DotProduct
{
    public static double Of(double[] left, double[] right)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= left.Length - Vector<double>.Count; i += Vector<double>.Count)
            sum += new Vector<double>(left, i) * new Vector<double>(right, i);
        var total = Vector.Sum(sum);
        for (; i < left.Length; i++)
            total += left[i] * right[i];
        return double.IsNaN(total) ? OfWeighed(left, right) : total;
    }

    // What has no weight does not count, though it be infinite.
    private static double OfWeighed(double[] weights, double[] values)
        => Enumerable.Range(0, weights.Length).Where(i => weights[i] != 0).Sum(i => weights[i] * values[i]);

    /// <summary>The mean of probabilities with weights that sum to one; rounding alone would take it above 1.</summary>
    public static double OfProbabilities(double[] weights, double[] probabilities) => Math.Min(1, Of(weights, probabilities));
}
