using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Models;

namespace VaeToolkit.Evaluation;

/// <summary>Collects importance-sampled log-likelihoods batch by batch.</summary>
internal sealed class ImportanceSampler(
    Vae model, ImportanceOptions options, long items, IProgress<double>? progress, CancellationToken cancellationToken)
{
    private readonly List<double> _logLikelihoods = [];
    private double _effectiveSamples;

    internal void Add(Batch batch)
    {
        using var scope = torch.NewDisposeScope();
        using var total = new StreamingLogSumExp();
        var posterior = model.Encode(batch.Items);
        for (var done = 0; done < options.Samples; done += options.ChunkSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var chunk = torch.NewDisposeScope();
            var (z, logPosterior) = posterior.RSampleAndLogProb(Math.Min(options.ChunkSize, options.Samples - done));
            var likelihood = model.Decode(z);
            if (done == 0 && likelihood.ExplainOutsideSupport(batch.Items) is { } why)
                throw new ArgumentException($"items {_logLikelihoods.Count} to {_logLikelihoods.Count + batch.Size - 1}: {why}", nameof(batch));
            total.Add(likelihood.LogProb(batch.Items) + model.Prior.LogProb(z) - logPosterior);
            var samplesDone = Math.Min(done + options.ChunkSize, options.Samples);
            progress?.Report((_logLikelihoods.Count + batch.Size * (double)samplesDone / options.Samples) / items);
        }
        Record(total.LogMean(options.Samples));
        _effectiveSamples += total.EffectiveSampleSize().Sum();
    }

    internal LikelihoodEstimate Result(long dimensions)
    {
        var count = _logLikelihoods.Count;
        var mean = -_logLikelihoods.Average();
        var variance = _logLikelihoods.Sum(l => (l + mean) * (l + mean)) / (count - 1.0);
        return new()
        {
            Mean = mean,
            StandardError = Math.Sqrt(variance / count),
            BitsPerDimension = mean / (dimensions * Math.Log(2)),
            EffectiveSampleSize = _effectiveSamples / count,
            Items = count,
            Samples = options.Samples,
            Seed = options.Seed,
        };
    }

    private void Record(double[] logLikelihoods)
    {
        foreach (var value in logLikelihoods)
        {
            if (!double.IsFinite(value))
                throw new ArithmeticException(FormattableString.Invariant($"the log-likelihood of item {_logLikelihoods.Count} is {value}"));
            _logLikelihoods.Add(value);
        }
    }
}
