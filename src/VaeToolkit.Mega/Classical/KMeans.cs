using TorchSharp;

namespace VaeToolkit.Mega;

/// <summary>k-means from k-means++ centres: where a mixture's expectation maximisation starts.</summary>
internal static class KMeans
{
    /// <summary>A cluster for every row, from 0 to K − 1.</summary>
    /// <param name="rows">Rows <c>[N, D]</c>, standardised.</param>
    /// <param name="clusters">K.</param>
    /// <param name="random">Draws the first centres.</param>
    /// <param name="iterations">Most iterations; 0 leaves the rows with the first centres.</param>
    internal static long[] Labels(torch.Tensor rows, int clusters, Random random, int iterations)
    {
        using var scope = torch.NewDisposeScope();
        var labels = Nearest(rows.index_select(0, torch.tensor(FirstCentres(rows, clusters, random), device: torch.CPU)));
        for (var i = 0; i < iterations; i++)
        {
            var members = torch.arange(clusters, torch.int64, torch.CPU).unsqueeze(1).eq(labels).to(torch.float64);
            var counts = members.sum(dim: 1, keepdim: true);
            // A cluster that has lost its rows says that there are fewer groups: the labels before it are good enough.
            if (counts.min().ToDouble() < 1)
                break;
            var next = Nearest(members.mm(rows) / counts);
            if (next.eq(labels).all().ToBoolean())
                break;
            labels = next;
        }
        using var accessor = labels.data<long>();
        return accessor.ToArray();

        // By differences: ‖x‖² + ‖c‖² − 2 x·c would lose small distances beside a row that is far away.
        torch.Tensor Nearest(torch.Tensor centres)
            => torch.cdist(rows, centres, 2, compute_mode.donot_use_mm_for_euclid_dist).argmin(1);
    }

    // k-means++: every next centre is drawn in proportion to the squared distance from those before.
    private static long[] FirstCentres(torch.Tensor rows, int clusters, Random random)
    {
        var centres = new long[clusters];
        var nearest = Enumerable.Repeat(double.PositiveInfinity, (int)rows.shape[0]).ToArray();
        centres[0] = random.Next(nearest.Length);
        for (var k = 1; k < clusters; k++)
        {
            using var scope = torch.NewDisposeScope();
            var distances = Rows.Values((rows - rows[centres[k - 1]]).square().sum(dim: 1));
            for (var i = 0; i < nearest.Length; i++)
                nearest[i] = Math.Min(nearest[i], distances[i]);
            centres[k] = Drawn(nearest, random);
        }
        return centres;
    }

    private static long Drawn(double[] shares, Random random)
    {
        var left = random.NextDouble() * shares.Sum();
        return Math.Max(0, Array.FindIndex(shares, share => (left -= share) < 0));
    }
}
