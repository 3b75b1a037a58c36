using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.Boosting;

/// <summary>A candidate that is the encoder's posterior at a pseudo-input; the pseudo-input is what is optimised.</summary>
internal sealed class PseudoInputCandidates : CandidateBatch
{
    private readonly Encoder _encoder;
    private readonly Parameter _inputs;
    private readonly (double Least, double Most) _range;

    /// <summary>Takes the initial pseudo-inputs over, <c>[R, *item]</c>.</summary>
    internal PseudoInputCandidates(Encoder encoder, torch.Tensor inputs, (double Least, double Most) range)
    {
        (_encoder, _range) = (encoder, range);
        _inputs = inputs.AsParameter();
        _inputs.DetachFromDisposeScope();
    }

    public override IReadOnlyList<Parameter> Parameters => [_inputs];

    /// <summary>The pseudo-inputs as the encoder gets them, inside the data's range, <c>[R, *item]</c>.</summary>
    internal torch.Tensor Clipped() => _inputs.clamp(_range.Least, _range.Most);

    public override NormalComponents Components() => EncodedComponents.Of(_encoder, Clipped());
}
