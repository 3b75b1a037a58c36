using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// A model in the hands of one thread, because it is changed: trained, for one. The thread itself may read it meanwhile, evaluation in the
/// middle of training included. Other threads are refused, by <see cref="EvaluationMode.Enter"/> and here, rather than given answers of a
/// model that is half changed or in training mode. <see cref="Training.TrainingLoop.Step"/> and <see cref="Training.Trainer"/> do so.
/// </summary>
public sealed class ExclusiveUse : IDisposable
{
    private readonly ModelUse _use;

    private ExclusiveUse(ModelUse use) => _use = use;

    /// <summary>Begins it for a module and all of its parts.</summary>
    /// <param name="module">The module.</param>
    /// <param name="what">What happens to it, for messages: "is being trained".</param>
    /// <exception cref="InvalidOperationException">Another thread is reading or changing the module, or a part of it.</exception>
    public static ExclusiveUse Begin(torch.nn.Module module, string what)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new(ModelUse.Change(module, what));
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _use.Dispose();
}
