using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

/// <summary>A variance or scale that is one number for all values.</summary>
internal static class FixedScale
{
    // Below, numbers lose digits, and from 5.6e-309 on 1 over them is infinite.
    private const double Least = 2.2250738585072014E-308;

    /// <summary>The number, if it can be divided by.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no positive number, or too small.</exception>
    public static double Require(double value, string name, string what)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, $"{what} must be a positive number");
        return value >= Least ? value : throw new ArgumentOutOfRangeException(
            name, value, FormattableString.Invariant($"{what} must be at least {Least:G17}, below which numbers lose their digits"));
    }

    /// <summary>Whether a slope is no number of a type: times 0, at the mean, it is NaN there and 0 in <see cref="Widened"/>.</summary>
    public static bool IsBeyond(double slope, torch.ScalarType type) => Math.Abs(slope) > WeightRange.Largest(type);

    /// <summary>In float64, in which the inverse of every scale that there may be is a number.</summary>
    public static torch.Tensor Widened(torch.Tensor tensor) => tensor.to(ItemSum.WideType(tensor));

    /// <summary>A positive number in a tensor's shape and type; infinite where it is beyond the type.</summary>
    public static torch.Tensor Like(torch.Tensor tensor, double value)
        => torch.full_like(tensor, value > WeightRange.Largest(tensor.dtype) ? double.PositiveInfinity : value);
}
