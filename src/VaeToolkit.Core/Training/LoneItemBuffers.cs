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

    /// <summary>Whether a step with a batch may have to be undone.</summary>
    internal static bool Concern(torch.nn.Module model, Batch batch) => batch.Size == 1 && model.named_buffers().Any();

    /// <summary>Copies them, if there are any.</summary>
    internal static LoneItemBuffers? Of(torch.nn.Module model) => model.named_buffers().Any() ? new(model) : null;

    /// <summary>The name of a buffer that became NaN or infinite in the step, or null; if there is one, all are put back.</summary>
    internal string? UndoneSpoilt()
    {
        if (FiniteState.NonFiniteBuffers(_model).FirstOrDefault(name => !_infiniteByNature.Contains(name)) is not { } spoilt)
            return null;
        using var noGradient = torch.no_grad();
        foreach (var (name, buffer) in _model.named_buffers())
        {
            if (_before.TryGetValue(name, out var before) && before.shape.AsSpan().SequenceEqual(buffer.shape))
                buffer.copy_(before);
        }
        return spoilt;
    }
}
