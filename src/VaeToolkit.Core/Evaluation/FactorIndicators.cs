using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Which items have which factor value, as a matrix, so that mixtures over the items of every value of every factor come from one matrix
/// product.
/// </summary>
internal sealed class FactorIndicators
{
    private readonly torch.Tensor _columns;
    private readonly torch.Tensor _logCounts;

    /// <summary>Made in, and living in, the current dispose scope.</summary>
    internal FactorIndicators(FactorTable factors, torch.Device device)
    {
        long n = factors.Count;
        int[] sizes = [.. Enumerable.Range(0, factors.Names.Count).Select(k => factors.PlacesOf(k).Max() + 1)];
        var width = sizes.Sum();
        var indicators = new double[n * width];
        var columns = new long[n * factors.Names.Count];
        for (var (k, offset) = (0, 0); k < factors.Names.Count; offset += sizes[k], k++)
        {
            var values = factors.PlacesOf(k);
            for (var i = 0; i < n; i++)
            {
                columns[i * factors.Names.Count + k] = offset + values[i];
                indicators[i * width + offset + values[i]] = 1;
            }
        }
        Matrix = torch.tensor(indicators, [n, width], device: device);
        _columns = torch.tensor(columns, [n, factors.Names.Count], device: device);
        _logCounts = Matrix.sum(dim: 0).log();
    }

    /// <summary>1 where an item has a value, <c>[N, Σ values]</c>, float64.</summary>
    private torch.Tensor Matrix { get; }

    /// <summary>
    /// log q(z|v) for the value v that each sample's own item has, factor by factor: <c>[S, F]</c>, from log q(z|x_j) <c>[S, N]</c>.
    /// </summary>
    internal torch.Tensor LogConditional(torch.Tensor logDensities, torch.Tensor index)
    {
        var most = logDensities.amax([1L]).unsqueeze(1);
        var sums = (logDensities - most).exp().mm(Matrix);
        return (sums.log() + most - _logCounts).gather(1, _columns.index_select(0, index));
    }
}
