namespace VaeToolkit.Volumes;

/// <summary>The threshold that parts values into two classes with the largest variance between them (Otsu 1979).</summary>
public static class OtsuThreshold
{
    private const int Bins = 256;

    /// <summary>Finds it on a histogram of 256 bins between the smallest and largest value.</summary>
    /// <param name="values">Finite values, not all equal.</param>
    /// <returns>The upper edge of the lower class's last bin; the middle of the gap where several edges are equally good.</returns>
    /// <exception cref="ArgumentException">There are no two different values, or one is not finite.</exception>
    public static double Of(IReadOnlyCollection<float> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (!values.All(float.IsFinite) || values.Distinct().Take(2).Count() < 2)
            throw new ArgumentException("A threshold needs two different values, all finite.", nameof(values));
        var (low, high) = ((double)values.Min(), (double)values.Max());
        var (counts, sums) = (new double[Bins], new double[Bins]);
        foreach (var value in values)
        {
            var bin = Math.Min(Bins - 1, (int)((value - low) / (high - low) * Bins));
            counts[bin]++;
            sums[bin] += value - low;
        }
        return low + ((high - low) * BestEdge(counts, sums) / Bins);
    }

    private static double BestEdge(double[] counts, double[] sums)
    {
        var (all, total) = (counts.Sum(), sums.Sum());
        var (below, sum, best, first, last) = (0.0, 0.0, -1.0, 0, 0);
        for (var edge = 1; edge < counts.Length; edge++)
        {
            below += counts[edge - 1];
            sum += sums[edge - 1];
            if (below == 0 || below == all)
                continue;
            var difference = (sum / below) - ((total - sum) / (all - below));
            var between = below * (all - below) * difference * difference;
            if (between > best)
                (best, first, last) = (between, edge, edge);
            else if (between == best)
                last = edge;
        }
        return (first + last) / 2.0;
    }
}
