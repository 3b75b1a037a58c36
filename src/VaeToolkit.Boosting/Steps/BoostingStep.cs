using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// One greedy step q_{t+1} = (1 − α) q_t + α h, the same for MPVI (a posterior over parameters) and BooVAE (a prior over latent
/// vectors): the component step finds candidates for h, the weight step finds α or all weights, the candidate with the largest gain joins,
/// and none does if the bound does not rise.
/// </summary>
public sealed class BoostingStep
{
    private readonly BoostingTarget _target;
    private readonly BoostingOptions _options;

    /// <summary>A step towards a target.</summary>
    /// <param name="target">p, up to a factor.</param>
    /// <param name="options">How it is done; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, such as λ ≤ 0.</exception>
    public BoostingStep(BoostingTarget target, BoostingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        (_target, _options) = (target, (options ?? new()).Validated());
    }

    /// <summary>Optimises candidates and lets the best join, if it is accepted. Random numbers come from torch's generator.</summary>
    /// <param name="current">q_t, which is left as it is; null for the first component.</param>
    /// <param name="candidates">Restarts of the new component; they are changed.</param>
    /// <param name="cancellationToken">Stops between optimiser steps.</param>
    /// <exception cref="ArgumentException">The candidates have another number of dimensions than the target.</exception>
    /// <exception cref="ArithmeticException">No candidate's objective is finite.</exception>
    /// <exception cref="PreFlightException">The target's warm-up takes more steps than there are.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; <paramref name="current"/> stands.</exception>
    public BoostingOutcome Run(NormalMixture? current, CandidateBatch candidates, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        RequireSize(candidates);
        var steps = _options.Steps + (current is null ? 0L : _options.RefinementSteps);
        if (_target.ExplainUnfinishedWarmUp(steps) is { } finding)
            throw new PreFlightException([finding]);
        var scores = new ComponentSearch(_target, _options).Run(candidates, current, cancellationToken);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var components = candidates.Components();
        var ranking = Enumerable.Range(0, scores.Length).Where(i => double.IsFinite(scores[i])).OrderByDescending(i => scores[i]).ToArray();
        return current is null ? First(components, ranking[0], scores) : Next(current, components, ranking, scores);
    }

    private static BoostingOutcome First(NormalComponents candidates, int best, double[] scores)
    {
        var component = candidates.Select(best);
        var mixture = new NormalMixture(component, [1]);
        var report = Report(mixture, component, scores[best]) with { Bound = scores[best] };
        return new(mixture, best, mixture.Weights, report);
    }

    private BoostingOutcome Next(NormalMixture current, NormalComponents candidates, int[] ranking, double[] scores)
    {
        BoostingOutcome? best = null;
        // The objective prefers a component where the mixture is thinnest, the bound one that carries much weight;
        // so the bound decides if it is estimated.
        foreach (var i in _options.MinimumGain is null ? ranking[..1] : ranking)
        {
            var outcome = Join(current, candidates, i, scores[i]);
            var better = best is null || outcome.Report.Gain > best.Report.Gain;
            (better ? best : outcome)?.Mixture!.Dispose();
            best = better ? outcome : best;
        }
        return best!.Report.Accepted ? best : Refused(best, current);
    }

    private BoostingOutcome Join(NormalMixture current, NormalComponents candidates, int number, double objective)
    {
        using var scope = torch.NewDisposeScope();
        var component = candidates.Select(number);
        using var problem = new WeightProblem(_target, current, component, _options.WeightSamples);
        var weights = _options.Weights.Solve(problem);
        var mixture = current.With(component, weights);
        return new(mixture, number, weights, Judge(Report(mixture, component, objective), problem, weights));
    }

    private static BoostingOutcome Refused(BoostingOutcome best, NormalMixture current)
    {
        best.Mixture!.Dispose();
        var report = best.Report;
        return new(
            null, null, null, report with { Weight = 0, EffectiveComponents = current.EffectiveCount, Bound = report.Bound - report.Gain });
    }

    private BoostingReport Judge(BoostingReport report, WeightProblem problem, IReadOnlyList<double> weights)
    {
        if (_options.MinimumGain is not { } least)
            return report;
        var bound = problem.Bound(weights);
        var gain = bound - problem.Bound(problem.Mixed(0));
        return report with { Component = weights.Count, Bound = bound, Gain = gain, Accepted = gain > least };
    }

    private static BoostingReport Report(NormalMixture mixture, NormalComponents component, double objective) => new()
    {
        Component = mixture.Weights.Count,
        Accepted = true,
        Objective = objective,
        Entropy = component.Entropy().ToDouble(),
        Weight = mixture.Weights[^1],
        EffectiveComponents = mixture.EffectiveCount,
    };

    private void RequireSize(CandidateBatch candidates)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var size = candidates.Components().Size;
        if (size != _target.Size)
            throw new ArgumentException($"the candidates have {size} dimensions, the target {_target.Size}", nameof(candidates));
    }
}
