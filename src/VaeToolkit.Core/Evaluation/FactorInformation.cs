using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>Estimates I(z_j; v_k) of every latent feature and factor from samples of the aggregated posterior.</summary>
internal sealed class FactorInformation(AggregatedPosterior aggregate, FactorTable factors, MutualInformationGapOptions options)
{
    private readonly FactorIndicators _indicators = new(factors, aggregate.Means.device);
    private readonly long _features = aggregate.Means.shape[1];

    // The differences log q(z_j|v_k) − log q(z_j) of all samples: sums of them and of their squares, [F, Z].
    private readonly double[] _sums = new double[factors.Names.Count * aggregate.Means.shape[1]];
    private readonly double[] _squares = new double[factors.Names.Count * aggregate.Means.shape[1]];

    internal Disentanglement Run(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        for (long done = 0; done < options.Samples;)
        {
            using var scope = torch.NewDisposeScope();
            var order = torch.randperm(aggregate.Count, dtype: torch.int64, device: torch.CPU).to(aggregate.Means.device);
            foreach (var index in order.narrow(0, 0, Math.Min(aggregate.Count, options.Samples - done)).split(options.BatchSize))
            {
                Add(index, cancellationToken);
                done += index.shape[0];
                progress?.Report((double)done / options.Samples);
            }
        }
        return Result();
    }

    private void Add(torch.Tensor index, CancellationToken cancellationToken)
    {
        using var scope = torch.NewDisposeScope();
        var z = aggregate.Draw(index).Z;
        for (var j = 0; j < _features; j++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = torch.NewDisposeScope();
            var logDensities = aggregate.LogFeatureDensities(z, j);
            var logMarginal = logDensities.logsumexp(1) - Math.Log(aggregate.Count);
            var differences = _indicators.LogConditional(logDensities, index) - logMarginal.unsqueeze(1);
            Record(_sums, differences.sum(dim: 0), j);
            Record(_squares, differences.square().sum(dim: 0), j);
        }
    }

    private void Record(double[] totals, torch.Tensor ofFactors, int feature)
    {
        using var accessor = ofFactors.cpu().data<double>();
        var values = accessor.ToArray();
        for (var k = 0; k < values.Length; k++)
            totals[k * _features + feature] += values[k];
    }

    private Disentanglement Result()
    {
        double samples = options.Samples;
        var means = Array.ConvertAll(_sums, sum => sum / samples);
        var errors =
            means.Zip(_squares, (mean, squares) => Math.Sqrt(Math.Max(0, squares / samples - mean * mean) / (samples - 1))).ToArray();
        return new()
        {
            Factors = factors.Names,
            FactorEntropies = [.. Enumerable.Range(0, factors.Names.Count).Select(factors.Entropy)],
            MutualInformation = Rows(means),
            StandardErrors = Rows(errors),
            Items = aggregate.Count,
            Samples = options.Samples,
            Seed = options.Seed,
        };
    }

    private IReadOnlyList<double>[] Rows(double[] values) => [.. values.Chunk((int)_features)];
}
