using TorchSharp;

namespace VaeToolkit.Evaluation;

/// <summary>Runs annealed chains for batches of items: a pilot that finds step sizes, then the chains that count.</summary>
internal sealed class AnnealedSampler(
    Vae model, AisOptions options, long items, IProgress<double>? progress, CancellationToken cancellationToken)
{
    // Per temperature, on the log scale: a step size whose proposals are all accepted doubles within eight temperatures.
    private const double AdaptationRate = 0.25;

    private readonly LikelihoodTally _tally = new();
    private readonly double[] _betas = options.Betas();
    private double _acceptance;

    internal void Add(Batch batch)
    {
        using var scope = torch.NewDisposeScope();
        RequireSupport(batch);
        var transition = new HamiltonianTransition(model, batch.Items, options.LeapfrogSteps);
        var stepSizes = FindStepSizes(batch.Items, transition);
        using var total = new StreamingLogSumExp();
        total.Add(LogWeights(batch.Items, transition, stepSizes));
        _tally.Add(total.LogMean(options.Chains), total.EffectiveSampleSize());
        progress?.Report((double)_tally.Count / items);
    }

    internal LikelihoodEstimate Result(long dimensions) => _tally.Result(dimensions, options.Chains, options.Seed, options.KeepPerItem) with
    {
        Temperatures = options.Temperatures,
        AcceptanceRate = options.Temperatures == 1 ? null : _acceptance / _tally.Count,
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
    private torch.Tensor LogWeights(torch.Tensor x, HamiltonianTransition transition, List<torch.Tensor> stepSizes)
    {
        var state = Start(x, options.Chains);
        var logWeights = state.LogLikelihood.to(torch.float64) * _betas[1];
        for (var t = 1; t < options.Temperatures; t++)
        {
            using var scope = torch.NewDisposeScope();
            var acceptance = Move(ref state, transition, t, stepSizes[t - 1]);
            logWeights.add_(state.LogLikelihood.to(torch.float64) * (_betas[t + 1] - _betas[t]));
            _acceptance += acceptance.mean().ToDouble() * x.shape[0] / (options.Temperatures - 1);
        }
        return logWeights;
    }

    private AnnealedState Start(torch.Tensor x, int chains)
    {
        var z = model.SampleLatents(chains * x.shape[0]).detach().reshape(chains, x.shape[0], model.LatentSize);
        return AnnealedState.At(model, x, z);
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
        var likelihood = model.Decode(model.EncodeOfChecked(data.Items).Mean);
        if (likelihood.ExplainOutsideSupport(data.Items) is { } why)
            throw new ArgumentException($"items {_tally.Count} to {_tally.Count + data.Size - 1}: {why}", nameof(data));
    }
}
