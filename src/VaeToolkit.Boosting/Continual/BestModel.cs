using TorchSharp;
using VaeToolkit.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Continual;

/// <summary>
/// Remembers the weights of the epoch with the lowest validation loss, in memory. Without validation it remembers none and the last epoch's stay: training
/// losses of different epochs do not compare while the divergence warms up.
/// </summary>
internal sealed class BestModel : ITrainingCallback<Vae>, IDisposable
{
    private Dictionary<string, torch.Tensor> _weights = [];
    private double _loss = double.PositiveInfinity;

    public void EpochEnded(Vae model, EpochSummary summary)
    {
        if (!(summary.ValidationLoss < _loss))
            return;
        _loss = summary.ValidationLoss.Value;
        Dispose();
        using var scope = torch.NewDisposeScope();
        _weights = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope());
    }

    /// <summary>Puts the weights back. Buffers that grew since take their size of then.</summary>
    internal void Restore(Vae model)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (key, tensor) in _weights.Count == 0 ? [] : model.state_dict())
        {
            if (!tensor.shape.SequenceEqual(_weights[key].shape))
                tensor.set_(torch.empty_like(_weights[key]));
            tensor.copy_(_weights[key]);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _weights.Values)
            tensor.Dispose();
        _weights = [];
    }
}
