using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Begins and ends the tasks of the model's <see cref="ExpandingMixturePrior"/>: components are frozen, and new ones join. By itself it
/// does not keep the networks from forgetting; add <see cref="GeneratorRegularisation"/>.
/// </summary>
public sealed class ExpandingMixture : ContinualStrategy
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The model's prior is not an <see cref="ExpandingMixturePrior"/>.</exception>
    public override ITrainingCallback<Vae>? TaskBegins(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        var prior = PriorOf(stage.Model);
        if (!prior.IsTaskOpen)
            prior.BeginTask();
        return null;
    }

    /// <inheritdoc/>
    public override void TaskEnded(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        PriorOf(stage.Model).EndTask();
    }

    private static ExpandingMixturePrior PriorOf(Vae model) => model.Prior as ExpandingMixturePrior
        ?? throw new ArgumentException(
            $"the model's prior is a {model.Prior.GetType().Name}; it must be an {nameof(ExpandingMixturePrior)}", nameof(model));
}
