using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Remembers the weights of the epoch after the warm-up with the lowest validation loss, in memory. Without validation it remembers none
/// and the last epoch's stay: training losses of different epochs do not compare while the divergence warms up.
/// </summary>
internal sealed class BestModel : KeptWeights
{
    private readonly ModelSnapshot _weights = new();
    private double _loss = double.PositiveInfinity;

    public override void EpochEnded(Vae model, EpochSummary summary)
    {
        if (summary.IsWarmUp || !(summary.ValidationLoss < _loss))
            return;
        _loss = summary.ValidationLoss.Value;
        _weights.Take(model);
    }

    internal override void Restore(Vae model) => _weights.Restore(model);

    public override void Dispose() => _weights.Dispose();
}
