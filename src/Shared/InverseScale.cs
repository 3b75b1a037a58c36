using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Numbers divided by e^l. Within a step of training e^−l is one number: decoders, encoders and priors keep l within a range there, and
/// where one is told to keep none, or is a part of a user's own, a loss that is no number stops the training. Elsewhere it is two, so
/// that it is no infinity that 0 is multiplied with, nor 0 that an infinity is.
/// </summary>
internal static class InverseScale
{
    // Between them e^x is a number with all its digits.
    private const double LeastInSingle = -87.33;
    private const double MostInSingle = 88.72;
    private const double LeastInDouble = -708.39;
    private const double MostInDouble = 709.78;

    /// <summary>
    /// x e^−l; between the ends the same to the last bit as if e^−l were one number. Beyond twice the ends l counts as that: there
    /// all x with all their digits are infinite anyway, or less than 1e−37.
    /// </summary>
    internal static torch.Tensor Times(torch.Tensor x, torch.Tensor logarithm)
    {
        var falling = -logarithm;
        if (TrainingStep.IsComputed)
            return x * falling.exp();
        var (least, most) = logarithm.dtype == torch.float64 ? (LeastInDouble, MostInDouble) : (LeastInSingle, MostInSingle);
        var first = falling.clamp(least, most);
        return x * first.exp() * (falling - first).clamp(least, most).exp();
    }

    /// <summary>
    /// x² e^−l. Where e^−l is no number of the type, and gradients are taken outside of a step, it is the square of x e^(−l / 2):
    /// the slope of x² is 0 at x = 0, and 0 times infinity is NaN.
    /// </summary>
    internal static torch.Tensor OfSquare(torch.Tensor x, torch.Tensor logarithm)
    {
        if (!TakesGradients(x, logarithm))
            return Times(x.square(), logarithm);
        var isWithin = IsWithin(logarithm, logarithm.dtype);
        if (IsKnownOfAll(isWithin))
            return Times(x.square(), logarithm);
        return torch.where(
            isWithin,
            Times(x.square(), logarithm.masked_fill(isWithin.logical_not(), 0)),
            Times(x, (logarithm * 0.5).masked_fill(isWithin, 0)).square());
    }

    /// <summary>
    /// Whether gradients of x² e^−l by an x of a type, with one l for all x, may be NaN where they are 0: outside of a step, where
    /// e^−l is no number of the type. On other devices than the CPU nobody waits for l, and it is taken to be so.
    /// </summary>
    internal static bool LosesSlopes(torch.Tensor x, torch.Tensor logarithm)
        => TakesGradients(x, logarithm) && !IsKnownOfAll(IsWithin(logarithm, x.dtype));

    private static bool TakesGradients(torch.Tensor x, torch.Tensor logarithm)
        => !TrainingStep.IsComputed && torch.is_grad_enabled() && (x.requires_grad || logarithm.requires_grad);

    private static torch.Tensor IsWithin(torch.Tensor logarithm, torch.ScalarType type)
    {
        var (least, most) = type == torch.float64 ? (LeastInDouble, MostInDouble) : (LeastInSingle, MostInSingle);
        return logarithm.detach().ge(-most).logical_and(logarithm.detach().le(-least));
    }

    private static bool IsKnownOfAll(torch.Tensor holds) => holds.device_type == DeviceType.CPU && holds.all().ToBoolean();
}
