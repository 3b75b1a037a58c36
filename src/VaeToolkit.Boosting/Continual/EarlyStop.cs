using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Stops a task's training when patience runs out over epochs after the warm-up. Earlier ones do not count: the divergence's weight still
/// rises then, and the bound with its full weight can get worse for as long.
/// </summary>
internal sealed class EarlyStop(ContinualOptions options, CancellationToken cancellationToken) : ITrainingCallback<Vae>, IDisposable
{
    private readonly BestEpoch _best = new(options.Patience, minimumDelta: 0);
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Cancelled when training is to stop, for whichever reason.</summary>
    internal CancellationToken Token => _source.Token;

    public void EpochEnded(Vae model, EpochSummary summary)
    {
        _best.Observe(summary);
        if (_best.IsExhausted)
            _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
