using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Collects importance-sampled log-likelihoods. Batches are independent of each other, so as many are in work as torch has threads, one
/// thread each: nothing then waits within a batch. Every batch has a seed of its own, so the number of threads does not change the result.
/// </summary>
internal sealed class ImportanceSampler : IDisposable
{
    private readonly Vae _model;
    private readonly ImportanceOptions _options;
    private readonly ThreadTeam _team;
    private readonly torch.Generator[] _noise;
    private readonly ScalarCollector _scalars = new();
    private readonly LikelihoodTally _tally = new();
    private readonly KeptPanels _panels = FastPaths.Panels();
    private readonly Action<int> _samplesDone;
    private readonly CancellationToken _cancellation;
    private readonly RankGroup? _ranks;
    private readonly int _inWork;

    internal ImportanceSampler(
        Vae model, ImportanceOptions options, long items, IProgress<double>? progress, CancellationToken cancellation)
    {
        (_model, _options, _cancellation) = (model, options, cancellation);
        var threads = ItemwiseLayers.AreAllOf(model)
            ? (int)Math.Min(torch.get_num_threads(), (items + options.BatchSize - 1) / options.BatchSize) : 1;
        _ranks = RankGroup.Of(options.Exchange);
        // As many on each rank, though one may have more threads than another. Another may fail here, so the threads come after it.
        _inWork = (int)(_ranks?.Gather(threads).Min() ?? threads);
        _team = FastPaths.Team(threads);
        // A generator of the CPU's cannot draw on a GPU; there every batch has one of its own.
        var onCpu = model.parameters().All(parameter => parameter.device_type == DeviceType.CPU);
        _noise = onCpu ? [.. Enumerable.Range(0, _team.Size).Select(_ => new torch.Generator())] : [];
        var (done, all, turn) = (0L, items * (double)options.Samples / (_ranks?.Size ?? 1), new Lock());
        _samplesDone = count =>
        {
            // One at a time, so that the fractions come in order.
            lock (turn)
                progress?.Report(Math.Min(1, (done += count) / all));
        };
    }

    internal LikelihoodEstimate Run(DataSource data)
    {
        using var threads = _team.ShareThreads();
        // Of the size of one thread's: a source may draw by batch, and what it gives must not depend on threads and ranks.
        using var batches = data.InOrderOnDemand(_options.BatchSize, _options.Seed).GetEnumerator();
        while (_tally.Add(_ranks, () => Weigh(batches)))
            continue;
        return _tally.Result(Shape.Size(data.ItemShape), _options.Samples, _options.Seed, _options.KeepPerItem);
    }

    public void Dispose()
    {
        _team.Dispose();
        _scalars.Dispose();
        Array.ForEach(_noise, generator => generator.Dispose());
    }

    // A batch for each thread of each rank, or as many as are left.
    private (double[] LogLikelihoods, double[] EffectiveSamples) Weigh(IEnumerator<Batch> batches)
    {
        var own = new List<(int Start, torch.Tensor Items)>();
        try
        {
            var count = Fetch(batches, own);
            var (logLikelihoods, effectiveSamples) = (new double[count], new double[count]);
            _team.Run(member =>
            {
                if (member < own.Count)
                    Weigh(own[member].Start, own[member].Items, member, logLikelihoods, effectiveSamples);
            });
            return (logLikelihoods, effectiveSamples);
        }
        finally
        {
            own.ForEach(batch => batch.Items.Dispose());
        }
    }

    // Of a round's batches copies of this rank's, each with its place among all items of the round, of which it gives the number. In no
    // dispose scope: a source may keep what it makes from one batch to the next.
    private int Fetch(IEnumerator<Batch> batches, List<(int Start, torch.Tensor Items)> own)
    {
        var (count, first) = (0, (_ranks?.Rank ?? 0) * _inWork);
        for (var i = 0; i < _inWork * (_ranks?.Size ?? 1) && batches.MoveNext(); i++)
        {
            var items = batches.Current.Items;
            if (i >= first && i < first + _inWork)
                own.Add((count, items.clone()));
            count += (int)items.shape[0];
        }
        return count;
    }

    private void Weigh(int start, torch.Tensor x, int member, double[] logLikelihoods, double[] effectiveSamples)
    {
        using var mode = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var seed = BatchSeed(_tally.Count + start);
        using var noise = _noise.Length == 0 ? NoiseSource.LendIfAble(x.device, seed) : NoiseSource.Use(_noise[member], seed);
        using var total = Weigh(_model, x, _options, _tally.Count + start, _samplesDone, _scalars, _panels, _cancellation);
        total.LogMean(_options.Samples).CopyTo(logLikelihoods, start);
        total.EffectiveSampleSize().CopyTo(effectiveSamples, start);
    }

    // The first batch draws what torch draws from the evaluation's seed; the others' seeds lie far from
    // it and from those of other evaluations.
    private long BatchSeed(int firstItem) => unchecked(_options.Seed + firstItem * (long)0x9E3779B97F4A7C15);

    /// <summary>Importance weights of the items of one batch, by this thread alone.</summary>
    /// <exception cref="ArgumentException">Items are outside the likelihood's support, or of another size than the model's.</exception>
    internal static StreamingLogSumExp Weigh(
        Vae model, torch.Tensor data, ImportanceOptions options, int firstItem, Action<int>? samplesDone, ScalarCollector? scalars,
        KeptPanels panels, CancellationToken cancellation)
    {
        var total = new StreamingLogSumExp();
        try
        {
            var posterior = model.EncodeOfChecked(data);
            for (var done = 0; done < options.Samples; done += options.ChunkSize)
            {
                cancellation.ThrowIfCancellationRequested();
                using var part = ScalarCollector.Begin(scalars);
                using var chunk = torch.NewDisposeScope();
                var count = Math.Min(options.ChunkSize, options.Samples - done);
                var (z, logPosterior) = posterior.RSampleAndLogProb(count);
                var logLikelihood = done == 0
                    ? CheckedLogLikelihood(model, z, data, firstItem, panels) : model.Decoder.LogLikelihood(z, data, panels);
                total.Add(logLikelihood + model.Prior.LogProbExplained(z) - logPosterior);
                samplesDone?.Invoke(count * (int)data.shape[0]);
            }
            return total;
        }
        catch
        {
            total.Dispose();
            throw;
        }
    }

    // The first latent vector of every item tells its support. The others take the decoder's faster way, if it has one, and its memory.
    private static torch.Tensor CheckedLogLikelihood(Vae model, torch.Tensor z, torch.Tensor data, int firstItem, KeptPanels panels)
    {
        var likelihood = model.DecodeOfChecked(z.narrow(0, 0, 1));
        likelihood.RequireInSupport(data, firstItem, nameof(data));
        var first = likelihood.LogProbOfChecked(data);
        var others = z.shape[0] - 1;
        return others == 0 ? first : torch.cat([first, model.Decoder.LogLikelihood(z.narrow(0, 1, others), data, panels)]);
    }
}
