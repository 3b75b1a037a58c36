using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>
/// The aggregated posterior q(z) = (1/N) Σ_j q(z|x_j) of a data set under an encoder with diagonal normal posteriors, in float64.
/// </summary>
internal sealed class AggregatedPosterior : IDisposable
{
    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    private readonly torch.ScalarType _modelType;
    private readonly torch.Tensor _means;
    private readonly torch.Tensor _logVariances;

    /// <summary>Takes means and log-variances <c>[N, Z]</c>, which are copied.</summary>
    internal AggregatedPosterior(torch.Tensor means, torch.Tensor logVariances)
    {
        using var scope = torch.NewDisposeScope();
        _modelType = means.dtype;
        _means = means.to(torch.float64).clone().DetachFromDisposeScope();
        _logVariances = logVariances.to(torch.float64).clone().DetachFromDisposeScope();
    }

    internal long Count => _means.shape[0];

    /// <summary>Means of all posteriors, <c>[N, Z]</c>, float64.</summary>
    internal torch.Tensor Means => _means;

    /// <summary>Log-variances of all posteriors, <c>[N, Z]</c>, float64.</summary>
    internal torch.Tensor LogVariances => _logVariances;

    /// <summary>Encodes every item, in stored order.</summary>
    /// <exception cref="NotSupportedException">The encoder's posterior is not a diagonal normal.</exception>
    /// <exception cref="ArithmeticException">A posterior is not finite.</exception>
    internal static AggregatedPosterior Encode(Vae model, DataSource data, int batchSize, long seed, CancellationToken cancellationToken)
    {
        using var scope = torch.NewDisposeScope();
        var (means, logVariances) = (new List<torch.Tensor>(), new List<torch.Tensor>());
        foreach (var batch in data.InOrder(batchSize, seed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = torch.NewDisposeScope();
            var before = means.Sum(m => m.shape[0]);
            var posterior = model.EncodeBatch(batch.Items, nameof(data), before);
            var normal = posterior as DiagonalNormal ?? throw new NotSupportedException(
                $"the aggregated posterior needs an encoder that returns {nameof(DiagonalNormal)}, this one returns "
                + $"{posterior.GetType().Name}");
            if ((Shape.FirstNonFinite(normal.Mean) ?? Shape.FirstNonFinite(normal.LogVariance)) is { } bad)
                throw new ArithmeticException($"the posterior of item {before + bad[0]} of {nameof(data)} is not finite");
            means.Add(normal.Mean.alias().MoveToOuterDisposeScope());
            logVariances.Add(normal.LogVariance.alias().MoveToOuterDisposeScope());
        }
        return new(torch.cat(means), torch.cat(logVariances));
    }

    /// <summary>
    /// One sample of the posterior of each item in <paramref name="index"/> <c>[S]</c>: z <c>[S, Z]</c>, float64 but with the values that
    /// the model's own type can hold, and log q(z|x) <c>[S]</c>.
    /// </summary>
    internal (torch.Tensor Z, torch.Tensor LogOwn) Draw(torch.Tensor index)
    {
        var (mean, logVariance) = (_means.index_select(0, index), _logVariances.index_select(0, index));
        var z = (mean + (logVariance * 0.5).exp() * NoiseSource.Normal(mean.shape, mean, itemAxis: 0)).to(_modelType).to(torch.float64);
        return (z, new DiagonalNormal(mean, logVariance).LogProb(z));
    }

    /// <summary>z in the model's own type, for its prior.</summary>
    internal torch.Tensor ToModelType(torch.Tensor z) => z.to(_modelType);

    /// <summary>log Σ_{j ≠ i} q(z|x_j) over all items but each sample's own, <c>[S]</c>, in blocks of items.</summary>
    internal torch.Tensor LogSumOfOthers(torch.Tensor z, torch.Tensor index, int blockSize)
    {
        torch.Tensor? total = null;
        for (long start = 0; start < Count; start += blockSize)
        {
            using var scope = torch.NewDisposeScope();
            var count = Math.Min(blockSize, Count - start);
            var numbers = torch.arange(start, start + count, dtype: torch.int64, device: index.device);
            var block = LogSum(z, _means.narrow(0, start, count), _logVariances.narrow(0, start, count), index, numbers);
            var next = (total is null ? block : torch.logaddexp(total, block)).MoveToOuterDisposeScope();
            total?.Dispose();
            total = next;
        }
        return total!;
    }

    /// <summary>
    /// The same over the items of a minibatch without repetition, of which each sample has its own.
    /// </summary>
    internal torch.Tensor LogSumOfOthersAmong(torch.Tensor z, torch.Tensor index, torch.Tensor minibatch)
        => LogSum(z, _means.index_select(0, minibatch), _logVariances.index_select(0, minibatch), index, minibatch);

    /// <summary>log N(z_j; μ_j, σ_j²) of one latent feature under every item's posterior, <c>[S, N]</c>.</summary>
    internal torch.Tensor LogFeatureDensities(torch.Tensor z, int feature)
    {
        var (mean, logVariance) = (_means.select(1, feature), _logVariances.select(1, feature));
        var distance = z.select(1, feature).unsqueeze(1) - mean;
        return InverseScale.Times(distance.square(), logVariance).add_(logVariance + s_logTwoPi).mul_(-0.5);
    }

    public void Dispose()
    {
        _means.Dispose();
        _logVariances.Dispose();
    }

    private static torch.Tensor LogSum(
        torch.Tensor z, torch.Tensor means, torch.Tensor logVariances, torch.Tensor own, torch.Tensor numbers)
    {
        var noWeights = torch.zeros(means.shape[0], dtype: means.dtype, device: means.device);
        var logDensities = MixtureLogDensity.Components(means, logVariances, noWeights, z);
        return logDensities.masked_fill_(own.unsqueeze(1).eq(numbers), double.NegativeInfinity).logsumexp(1);
    }
}
