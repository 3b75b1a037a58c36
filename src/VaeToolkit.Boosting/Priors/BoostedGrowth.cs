using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Lets a <see cref="BoostedPrior"/> grow while its model is trained on a task: a component every so many steps until there are K, and
/// pruning once. It draws the subset M of the task's items itself, as a function of its seed, so a resumed run goes on with the same one.
/// Call <see cref="BoostedPrior.EndTask"/> after training, when the model is the one to be kept.
/// </summary>
public sealed class BoostedGrowth : ITrainingCallback<Vae>, IDisposable
{
    private readonly BoostedPrior _prior;
    private readonly BoostedGrowthOptions _options;
    private readonly IProgress<BoostingReport>? _progress;
    private readonly torch.Tensor _subset;

    /// <summary>
    /// Draws the subset and begins the task, unless one is open already; then its components stay,
    /// and only those that are missing are added.
    /// </summary>
    /// <param name="prior">The model's prior.</param>
    /// <param name="data">The task's training data.</param>
    /// <param name="options">When components are added. Steps are those that the objective counts,
    /// so every task has an objective of its own.</param>
    /// <param name="progress">Told of every component.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArgumentException">The items do not have the pseudo-inputs' shape.</exception>
    public BoostedGrowth(BoostedPrior prior, DataSource data, BoostedGrowthOptions options, IProgress<BoostingReport>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(prior);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        (_prior, _options, _progress) = (prior, options.Validated(), progress);
        OptionRange.Require(
            options.Components <= prior.MaxComponents, nameof(options.Components), options.Components,
            $"Components must be at most the prior's MaxComponents, {prior.MaxComponents}");
        var size = (int)Math.Min(options.SubsetSize, data.Count);
        _subset = data.Batches(size, options.Seed, epoch: 0).Select(batch => batch.Items.clone().DetachFromDisposeScope()).First();
        if (!prior.IsTaskOpen)
            prior.BeginTask(_subset);
    }

    /// <summary>True: where ranks train together, each lets its own copy of the prior grow, and all draw the same.</summary>
    public bool RunsOnEveryRank => true;

    /// <summary>Its options and the prior's: with others, a resumed run would be another one.</summary>
    public IReadOnlyDictionary<string, string> Settings => OptionText.ByName(
        _options, [.. _prior.Settings.Select(setting => ($"{nameof(BoostedPriorOptions)}.{setting.Key}", (object?)setting.Value))]);

    /// <summary>
    /// Growth that comes to less than half of its components. A run can be gone on with for more epochs, so what is nearly there passes,
    /// and pruning after the training's end.
    /// </summary>
    /// <param name="steps">Optimiser steps by the training's end.</param>
    public IEnumerable<string> Findings(long steps)
    {
        var reached = Math.Max(_options.Reached(steps), _prior.IsTaskOpen ? _prior.WeightsOf(_prior.TaskCount - 1).Count : 0);
        if (2 * reached < _options.Components)
        {
            yield return FormattableString.Invariant($"The prior gets {reached} of {_options.Components} components (Components) in ")
                + FormattableString.Invariant($"{steps} steps, one every {_options.StepsPerComponent} (StepsPerComponent)")
                + (_options.PruneStep > steps ? ", and is not pruned" : "") + ": set one of them lower, or train longer.";
        }
    }

    /// <summary>Adds a component or prunes, if it is time.</summary>
    /// <param name="model">The model.</param>
    /// <param name="result">The step.</param>
    public void StepEnded(Vae model, StepResult result)
    {
        var steps = result.Index + 1;
        // There can be K already: steps count anew where a run that was stopped is begun again on the task that it left open.
        if (steps % _options.StepsPerComponent == 0 && steps / _options.StepsPerComponent < _options.Components
            && _prior.WeightsOf(_prior.TaskCount - 1).Count < _options.Components)
        {
            var report = _prior.AddComponent(_subset);
            _progress?.Report(report);
        }
        if (steps == _options.PruneStep)
            _prior.Prune(_subset);
    }

    /// <summary>Releases the subset.</summary>
    public void Dispose() => _subset.Dispose();
}
