using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// The buffers of a model before a step with one item, of which a batch's statistics are not defined: such a step is refused and undone.
/// The tensors live in the caller's dispose scope.
/// </summary>
internal sealed class LoneItemBuffers
{
    private readonly torch.nn.Module _model;
    private readonly Dictionary<string, torch.Tensor> _before;
    private readonly HashSet<string> _infiniteByNature;

    private LoneItemBuffers(torch.nn.Module model)
    {
        _model = model;
        _before = model.named_buffers().ToDictionary(pair => pair.name, pair => pair.buffer.detach().clone());
        _infiniteByNature = [.. FiniteState.NonFiniteBuffers(model)];
    }

    /// <summary>Copies them, if there are any.</summary>
    internal static LoneItemBuffers? Of(torch.nn.Module model) => model.named_buffers().Any() ? new(model) : null;

    /// <summary>Refuses what one has become in the step.</summary>
    /// <exception cref="NonFiniteLossException">A buffer became NaN or infinite; all are as they were.</exception>
    internal void Require(long step)
    {
        if (FiniteState.NonFiniteBuffers(_model).FirstOrDefault(name => !_infiniteByNature.Contains(name)) is not { } spoilt)
            return;
        using var noGradient = torch.no_grad();
        foreach (var (name, buffer) in _model.named_buffers())
        {
            if (_before.TryGetValue(name, out var before) && before.shape.AsSpan().SequenceEqual(buffer.shape))
                buffer.copy_(before);
        }
        throw NonFiniteLossException.OfLoneItem(spoilt, step);
    }
}
