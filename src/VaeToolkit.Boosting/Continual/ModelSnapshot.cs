using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>A model's weights and buffers of some moment, in memory; empty at first.</summary>
internal sealed class ModelSnapshot : IDisposable
{
    private Dictionary<string, torch.Tensor> _weights = [];

    /// <summary>Remembers the model as it is now, in place of what was remembered.</summary>
    internal void Take(Vae model)
    {
        Dispose();
        using var scope = torch.NewDisposeScope();
        _weights = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope());
    }

    /// <summary>Puts the weights back, if there are some. Buffers that grew since take their size of then.</summary>
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
