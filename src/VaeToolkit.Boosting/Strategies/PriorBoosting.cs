using System.Globalization;
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
        var growth = new BoostedGrowthOptions
        {
            SubsetSize = _options.SubsetSize,
            StepsPerComponent = WholeCount.Ceiling(_options.EpochsPerComponent * stage.StepsPerEpoch),
            Components = prior.MaxComponents,
            PruneAt = _options.PruneAfterEpochs is { } epochs ? epochs * stage.StepsPerEpoch : null,
            Seed = stage.Options.Seed,
        };
        return new BoostedGrowth(prior, stage.Task.Train, growth, _progress);
    }

    /// <inheritdoc/>
    public override void TaskEnded(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        PriorOf(stage.Model).EndTask();
    }

    private static BoostedPrior PriorOf(Vae model) => model.Prior as BoostedPrior
        ?? throw new ArgumentException(
            $"the model's prior is a {model.Prior.GetType().Name}; boosting needs a {nameof(BoostedPrior)}", nameof(model));
}
