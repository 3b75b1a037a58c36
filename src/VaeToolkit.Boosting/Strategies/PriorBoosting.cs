using System.Globalization;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// BooVAE: lets the model's <see cref="BoostedPrior"/> grow in every task. By itself it does not keep the networks from forgetting; add
/// <see cref="GeneratorRegularisation"/>.
/// </summary>
public sealed class PriorBoosting : ContinualStrategy
{
    private readonly PriorBoostingOptions _options;
    private readonly IProgress<BoostingReport>? _progress;

    /// <summary>Makes the strategy.</summary>
    /// <param name="options">When components join; null for the defaults.</param>
    /// <param name="progress">Told of every component.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public PriorBoosting(PriorBoostingOptions? options = null, IProgress<BoostingReport>? progress = null)
        => (_options, _progress) = ((options ?? new()).Validated(), progress);

    /// <inheritdoc/>
    public override string Settings => string.Create(
        CultureInfo.InvariantCulture, $"{Name} every {_options.EpochsPerComponent} epochs, pruning after "
            + $"{_options.PruneAfterEpochs?.ToString(CultureInfo.InvariantCulture) ?? "2 K"}, subset of {_options.SubsetSize} items");

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The model's prior is not a <see cref="BoostedPrior"/>.</exception>
    public override ITrainingCallback<Vae> TaskBegins(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        var prior = PriorOf(stage.Model);
        return new BoostedGrowth(prior, stage.Task.Train, GrowthOf(prior, stage), _progress);
    }

    /// <inheritdoc/>
    public override void TaskEnded(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        PriorOf(stage.Model).EndTask();
    }

    internal override IEnumerable<string> Findings(ContinualStage stage)
    {
        // That there is another prior is refused when the task begins.
        if (stage.Model.Prior is not BoostedPrior prior)
            yield break;
        var (least, most) = RangeOf(stage.Task.Train);
        if (prior.ExplainBelowMinimum(least, most) is { } below)
            yield return $"Task {stage.Task.Name}'s training data {below}.";
        var (growth, epochs) = (GrowthOf(prior, stage), stage.Options.Epochs);
        var reached = growth.Reached(epochs * stage.StepsPerEpoch);
        // The default is a bound that small studies need not come to, the half of which tells nevertheless.
        var enough = prior.MaxComponents == BoostedPriorOptions.DefaultComponents ? prior.MaxComponents / 2 : prior.MaxComponents;
        if (reached < enough)
        {
            yield return FormattableString.Invariant($"The prior gets {reached} of {prior.MaxComponents} components (MaxComponents) in ")
                + FormattableString.Invariant($"the {epochs} epochs of task {stage.Task.Name}, one every {_options.EpochsPerComponent} ")
                + FormattableString.Invariant($"epochs{(_options.PruneAfterEpochs is null ? ", and is not pruned" : "")}: ")
                + FormattableString.Invariant($"set MaxComponents to at most {reached}, lower EpochsPerComponent, or train longer.");
        }
        if (_options.PruneAfterEpochs is { } prune && prune > epochs)
        {
            yield return FormattableString.Invariant($"Components are pruned after epoch {prune} (PruneAfterEpochs), but task ")
                + FormattableString.Invariant($"{stage.Task.Name} ends after {epochs}: prune earlier, or train longer.");
        }
    }

    private BoostedGrowthOptions GrowthOf(BoostedPrior prior, ContinualStage stage) => new()
    {
        SubsetSize = _options.SubsetSize,
        StepsPerComponent = WholeCount.Ceiling(_options.EpochsPerComponent * stage.StepsPerEpoch),
        Components = prior.MaxComponents,
        PruneAt = _options.PruneAfterEpochs is { } epochs ? epochs * stage.StepsPerEpoch : null,
        Seed = stage.Options.Seed,
    };

    private static (double Least, double Most) RangeOf(DataSource data)
    {
        const int ItemsAtOnce = 1000;
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var batch in data.InOrder(ItemsAtOnce))
        {
            using var scope = torch.NewDisposeScope();
            (least, most) = (Math.Min(least, batch.Items.min().ToDouble()), Math.Max(most, batch.Items.max().ToDouble()));
        }
        return (least, most);
    }

    private static BoostedPrior PriorOf(Vae model) => model.Prior as BoostedPrior
        ?? throw new ArgumentException(
            $"the model's prior is a {model.Prior.GetType().Name}; boosting needs a {nameof(BoostedPrior)}", nameof(model));
}
