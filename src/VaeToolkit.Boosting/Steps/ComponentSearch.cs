using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// The component step: h = argmax H[h] + λ E_h[log p − log q̃_t], by reparameterised samples and Adam, for all candidates at once;
/// then, if wanted, from there the h that raises the joined mixture's own bound most.
/// </summary>
internal sealed class ComponentSearch(BoostingTarget target, BoostingOptions options)
{
    /// <summary>Optimises the candidates and returns the objective of each on fresh samples.</summary>
    /// <param name="candidates">R candidates.</param>
    /// <param name="current">q_t, or null before the first component: then the objective is the evidence lower bound of h itself.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    internal double[] Run(CandidateBatch candidates, NormalMixture? current, CancellationToken cancellationToken)
    {
        Optimise(
            candidates, options.Steps, h => Linearised(h, current, options.SamplesPerStep, target.ExpectedLogDensity), cancellationToken);
        if (current is not null)
            Optimise(candidates, options.RefinementSteps, h => Joined(h, current, options.SamplesPerStep), cancellationToken);
        return Scores(candidates, current);
    }

    private void Optimise(
        CandidateBatch candidates, int steps, Func<NormalComponents, torch.Tensor> objective, CancellationToken cancellationToken)
    {
        using var optimizer = Optimizers.Adam(candidates.Parameters, options.LearningRate);
        for (var step = 0; step < steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = options.RateAt(step, steps);
            optimizer.zero_grad();
            (-objective(candidates.Components()).sum()).backward();
            optimizer.step();
        }
        optimizer.zero_grad();
    }

    private double[] Scores(CandidateBatch candidates, NormalMixture? current)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var scores = Linearised(candidates.Components(), current, options.ScoringSamples, Exactly)
            .to(torch.float64).cpu().data<double>();
        var values = scores.ToArray();
        return values.Any(double.IsFinite) ? values : throw new ArithmeticException(
            "the objective of every candidate is not finite; is the target's log-density finite near its start?");
    }

    /// <summary>H[h] + λ E_h[log p − log q̃_t], <c>[R]</c>.</summary>
    private torch.Tensor Linearised(
        NormalComponents candidates, NormalMixture? current, int samples,
        Func<NormalComponents, torch.Tensor, torch.Tensor> expectedLogDensity)
    {
        var points = candidates.RSample(samples).reshape(-1, candidates.Size);
        var ratio = expectedLogDensity(candidates, points);
        if (current is not null)
            ratio = (ratio - candidates.MeanOverSamples(Guarded(current, points))) * options.RatioWeight;
        return candidates.Entropy() + ratio;
    }

    // Not by an estimate that suits only the search, such as one from a batch of the data.
    private torch.Tensor Exactly(NormalComponents candidates, torch.Tensor points) => candidates.MeanOverSamples(target.Evaluate(points));

    // E_h[log p − log((1 − α) q_t + α h)], <c>[R]</c>, α = 1/(t + 1). The h inside the logarithm is held fixed:
    // its part of the gradient has mean 0.
    private torch.Tensor Joined(NormalComponents candidates, NormalMixture current, int samples)
    {
        var draws = candidates.RSample(samples);
        var points = draws.reshape(-1, candidates.Size);
        var alpha = 1.0 / (current.Weights.Count + 1);
        var logOwn = candidates.Detached().OwnLogDensities(draws).reshape(-1);
        var logJoined = torch.logaddexp(current.LogDensity(points) + Math.Log(1 - alpha), logOwn + Math.Log(alpha));
        return target.ExpectedLogDensity(candidates, points) - candidates.MeanOverSamples(logJoined);
    }

    private torch.Tensor Guarded(NormalMixture current, torch.Tensor points)
    {
        var logMixture = current.LogDensity(points);
        return options.Guard?.Mix(logMixture, points) ?? logMixture;
    }
}
