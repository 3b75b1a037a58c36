using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>What a strategy remembers of finished tasks: tensors by name, copies of its own without gradients.</summary>
internal sealed class KeptTensors : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> _tensors = [];

    internal IReadOnlyDictionary<string, torch.Tensor> All => _tensors;

    internal torch.Tensor this[string name] => _tensors[name];

    /// <summary>Copies a tensor, in place of the one of that name.</summary>
    internal void Keep(string name, torch.Tensor value)
    {
        using var scope = torch.NewDisposeScope();
        _tensors.TryGetValue(name, out var before);
        _tensors[name] = value.detach().clone().DetachFromDisposeScope();
        before?.Dispose();
    }

    /// <summary>Copies tensors in place of all that there are.</summary>
    internal void Load(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        // A copy: it may be what this gave out.
        foreach (var (name, value) in state.ToList())
            Keep(name, value);
        foreach (var name in _tensors.Keys.Except(state.Keys).ToList())
        {
            _tensors[name].Dispose();
            _tensors.Remove(name);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
    }
}
