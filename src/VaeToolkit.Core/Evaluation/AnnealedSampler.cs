using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>Runs annealed chains for batches of items: a pilot that finds step sizes, then the chains that count.</summary>
internal sealed class AnnealedSampler(
    Vae model, AisOptions options, long items, IProgress<double>? progress, CancellationToken cancellationToken)
{
    // Per temperature, on the log scale: a step size whose proposals are all accepted doubles within eight temperatures.
    private const double AdaptationRate = 0.25;

    private readonly LikelihoodTally _tally = new();
    private readonly double[] _betas = options.Betas();
    private readonly RankGroup? _ranks = RankGroup.Of(options.Exchange);
    private double _acceptance;
    private ItemRows _rows;

    /// <summary>Runs the chains of all items; of several ranks each runs those of its share of every batch.</summary>
    internal LikelihoodEstimate Run(DataSource data)
    {
        using var batches = data.InOrderOnDemand(options.BatchSize, options.Seed).GetEnumerator();
        while (_tally.Add(_ranks, () => Next(batches)))
            progress?.Report((double)_tally.Count / items);
        return Result(Shape.Size(data.ItemShape));
    }

    private (double[] LogLikelihoods, double[] EffectiveSamples) Next(IEnumerator<Batch> batches)
    {
        if (!batches.MoveNext())
            return ([], []);
        var whole = batches.Current;
        var (logLikelihoods, effectiveSamples) = (new double[whole.Size], new double[whole.Size]);
        var own = ItemRows.Of(whole.Size, _ranks?.Rank ?? 0, _ranks?.Size ?? 1);
        _rows = own.OrFirst;
        using var rows = NoiseSource.Divide(_rows);
        using var batch = _rows.Of(whole);
        using var scope = torch.NewDisposeScope();
        RequireSupport(batch);
        var transition = new HamiltonianTransition(model, batch.Items, options.LeapfrogSteps);
        var stepSizes = FindStepSizes(batch.Items, transition);
        using var total = new StreamingLogSumExp();
        total.Add(LogWeights(batch.Items, transition, stepSizes, counts: own.Count > 0));
        if (own.Count > 0)
        {
            total.LogMean(options.Chains).CopyTo(logLikelihoods, own.Start);
            total.EffectiveSampleSize().CopyTo(effectiveSamples, own.Start);
        }
        return (logLikelihoods, effectiveSamples);
    }

    private LikelihoodEstimate Result(long dimensions) => _tally.Result(dimensions, options.Chains, options.Seed, options.KeepPerItem) with
    {
        Temperatures = options.Temperatures,
        AcceptanceRate = options.Temperatures == 1 ? null : (_ranks?.Gather(_acceptance).Sum() ?? _acceptance) / _tally.Count,
    };

    // The step size of every item at every temperature, [T - 1][N], adapted as the pilot chains move along.
    private List<torch.Tensor> FindStepSizes(torch.Tensor x, HamiltonianTransition transition)
    {
        var found = new List<torch.Tensor>();
        var state = Start(x, options.PilotChains);
        var logStep = torch.full_like(state.LogPrior.select(0, 0), Math.Log(options.InitialStepSize));
        for (var t = 1; t < options.Temperatures; t++)
        {
            using var scope = torch.NewDisposeScope();
            var step = logStep.exp();
            var acceptance = Move(ref state, transition, t, step);
            var next = logStep + (acceptance.mean([0L]) - options.TargetAcceptance) * AdaptationRate;
            logStep.Dispose();
            logStep = next.MoveToOuterDisposeScope();
            found.Add(step.MoveToOuterDisposeScope());
        }
        return found;
    }

    // log w of every chain, [C, N], float64: Σ_t (β_t − β_{t−1}) log p(x|z_{t−1}). The move at β = 1 would change nothing and is
    // left out.
    private torch.Tensor LogWeights(torch.Tensor x, HamiltonianTransition transition, List<torch.Tensor> stepSizes, bool counts)
    {
        var state = Start(x, options.Chains);
        var logWeights = state.LogLikelihood.to(torch.float64) * _betas[1];
        for (var t = 1; t < options.Temperatures; t++)
        {
            using var scope = torch.NewDisposeScope();
            var acceptance = Move(ref state, transition, t, stepSizes[t - 1]);
            logWeights.add_(state.LogLikelihood.to(torch.float64) * (_betas[t + 1] - _betas[t]));
            if (counts)
                _acceptance += acceptance.mean().ToDouble() * x.shape[0] / (options.Temperatures - 1);
        }
        return logWeights;
    }

    private AnnealedState Start(torch.Tensor x, int chains)
    {
        // Those of all items, so that the items of every rank have the ones that they have in one process.
        using var whole = NoiseSource.ForAllItems();
        var z = model.SampleLatents(chains * _rows.Total).detach().reshape(chains, _rows.Total, model.LatentSize);
        return AnnealedState.At(model, x, z.narrow(1, _rows.Start, _rows.Count));
    }

    // Called inside a scope of the temperature, from which the state has to get out.
    private torch.Tensor Move(ref AnnealedState state, HamiltonianTransition transition, int t, torch.Tensor stepSizes)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (next, acceptance) = transition.Apply(state, _betas[t], stepSizes);
        state.Dispose();
        state = next.MoveToOuterDisposeScope();
        return acceptance;
    }

    private void RequireSupport(Batch data)
    {
        using var scope = torch.NewDisposeScope();
        var likelihood = model.DecodeOfChecked(model.EncodeOfChecked(data.Items).Mean);
        likelihood.RequireInSupport(data.Items, _tally.Count + _rows.Start, nameof(data));
    }
}
