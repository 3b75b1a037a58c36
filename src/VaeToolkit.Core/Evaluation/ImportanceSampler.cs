using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Models;

namespace VaeToolkit.Evaluation;

/// <summary>Collects importance-sampled log-likelihoods batch by batch.</summary>
internal sealed class ImportanceSampler(
    Vae model, ImportanceOptions options, long items, IProgress<double>? progress, CancellationToken cancellationToken)
{
    private readonly LikelihoodTally _tally = new();

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
                throw new ArgumentException($"items {_tally.Count} to {_tally.Count + batch.Size - 1}: {why}", nameof(batch));
            total.Add(likelihood.LogProb(batch.Items) + model.Prior.LogProb(z) - logPosterior);
            var samplesDone = Math.Min(done + options.ChunkSize, options.Samples);
            progress?.Report((_tally.Count + batch.Size * (double)samplesDone / options.Samples) / items);
        }
        _tally.Add(total.LogMean(options.Samples), total.EffectiveSampleSize());
    }

    internal LikelihoodEstimate Result(long dimensions) => _tally.Result(dimensions, options.Samples, options.Seed);
}
