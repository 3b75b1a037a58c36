using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Numbers divided by e^l. Within a step of training, where decoders and encoders keep l within a range, e^−l is one number; elsewhere it
/// is two, so that it is no infinity that 0 is multiplied with, nor 0 that an infinity is.
/// </summary>
internal static class InverseScale
{
    // In float32 e^88 is the largest, and a number that it is multiplied with may be some digits itself.
    private const double MostInSingle = 80;
    private const double MostInDouble = 700;

    /// <summary>x e^−l; the same to the last bit as if e^−l were one number, where it is a number.</summary>
    internal static torch.Tensor Times(torch.Tensor x, torch.Tensor logarithm)
    {
        var falling = -logarithm;
        if (TrainingStep.IsComputed)
            return x * falling.exp();
        var most = logarithm.dtype == torch.float64 ? MostInDouble : MostInSingle;
        var first = falling.clamp(-most, most);
        return x * first.exp() * (falling - first).clamp(-most, most).exp();
    }
}
