using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// Looks after an epoch whether parameters and buffers are finite. Gradients alone are not looked at in every step, which would cost a
/// pass over all of them; what they spoil shows here, before it is saved, and so does what batch statistics spoil.
/// </summary>
public sealed class FiniteState
{
    private readonly torch.nn.Module _model;
    private readonly bool _endsWithOneItem;
    private readonly HashSet<string> _infiniteByNature;

    /// <summary>Remembers which buffers are not finite from the start, such as a mask of −∞.</summary>
    /// <param name="model">The model.</param>
    /// <param name="endsWithOneItem">Whether the last batch of an epoch has one item only.</param>
    public FiniteState(torch.nn.Module model, bool endsWithOneItem)
        => (_model, _endsWithOneItem, _infiniteByNature) = (model, endsWithOneItem, [.. NonFiniteBuffers(model)]);

    /// <summary>What to do about batch statistics of a single item.</summary>
    public static string Remedy => "set LastBatch to Drop or Merge, or take another BatchSize";

    /// <summary>The names of buffers that hold NaN or infinity.</summary>
    public static List<string> NonFiniteBuffers(torch.nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.named_buffers().Where(buffer => !IsFinite(buffer.buffer)).Select(buffer => buffer.name)];
    }

    /// <summary>Refuses parameters and buffers that became NaN or infinite; buffers that were so from the start are left alone.</summary>
    /// <param name="step">The step that has ended, which the message names.</param>
    /// <exception cref="NonFiniteLossException">A parameter or a buffer became NaN or infinite.</exception>
    public void Require(long step)
    {
        foreach (var (name, parameter) in _model.named_parameters())
        {
            if (!IsFinite(parameter))
                throw NonFiniteLossException.OfParameter(name, step);
        }
        foreach (var name in NonFiniteBuffers(_model).Where(name => !_infiniteByNature.Contains(name)))
            throw NonFiniteLossException.OfBuffer(name, step, Cause);
    }

    private string Cause => _endsWithOneItem
        ? $"The last batch of an epoch has one item, of which a batch's variance is not defined: {Remedy}."
        : "Usual causes are batch statistics of a single item, and data with values that are not finite.";

    private static bool IsFinite(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.isfinite().all().item<bool>();
    }
}
