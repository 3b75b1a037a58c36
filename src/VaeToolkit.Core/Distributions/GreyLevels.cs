using TorchSharp;

namespace VaeToolkit;

/// <summary>The 256 grey values k / 255 of an 8-bit picture, k from 0 to 255.</summary>
internal static class GreyLevels
{
    internal const int Count = 256;
    internal const int Highest = Count - 1;

    // In levels: single precision keeps k / 255 to within 3e-5 of a level.
    private const double Tolerance = 1e-3;

    /// <summary>The nearest level of every value, 0 to 255, as numbers of the same type.</summary>
    internal static torch.Tensor Nearest(torch.Tensor x) => (x * Highest).round().clamp_(0, Highest);

    /// <summary>Says why finite values are not grey levels, or null.</summary>
    internal static string? Explain(torch.Tensor x, string likelihood)
    {
        var (least, most) = (x.min().ToDouble(), x.max().ToDouble());
        if (least < 0 || most > 1)
            return FormattableString.Invariant($"{likelihood} pixels must be k / 255 with k from 0 to 255, these are in [{least}, {most}]");
        var levels = x * Highest;
        var farthest = (levels - levels.round()).abs().max().ToDouble();
        return farthest <= Tolerance
            ? null
            : FormattableString.Invariant(
                $"{likelihood} pixels must be k / 255 with k from 0 to 255, one of these is {farthest:G3} of a level away from all");
    }
}
