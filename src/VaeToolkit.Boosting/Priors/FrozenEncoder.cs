using VaeToolkit.Evaluation;

namespace VaeToolkit.Boosting;

/// <summary>
/// Keeps an encoder in evaluation mode and its weights from collecting gradients, while pseudo-inputs are trained through it,
/// until disposed.
/// </summary>
internal sealed class FrozenEncoder : IDisposable
{
    private readonly PartModes _modes;
    private readonly FrozenParameters _parameters;

    internal FrozenEncoder(Encoder encoder)
    {
        (_modes, _parameters) = (new(encoder), new(encoder));
        encoder.eval();
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _modes.Dispose();
    }
}
