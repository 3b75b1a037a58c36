using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Sums over an item's values that are as exact as float32 can hold, whatever the item's length: float64 takes what is added up, and the
/// total is rounded once.
/// </summary>
public static class ItemSum
{
    // Up to so many terms torch's own sum, taken as a tree, rounds no more than its result is rounded anyway, and no copy is needed.
    private const long LongestOfSingles = 1024;

    /// <summary>Σ over the last axis in float64, for whoever goes on reckoning before the total is rounded: <c>[...]</c>.</summary>
    public static torch.Tensor InDouble(torch.Tensor terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return IsShort(terms) ? terms.sum(-1).to(WideType(terms)) : terms.sum(-1, type: WideType(terms));
    }

    private static bool IsShort(torch.Tensor terms) => terms.shape[^1] <= LongestOfSingles;

    /// <summary>The type that sums are taken in: float64 where the device has it, as all have but Apple's GPUs.</summary>
    public static torch.ScalarType WideType(torch.Tensor terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return terms.device_type == DeviceType.MPS ? terms.dtype : torch.float64;
    }

    /// <summary>Σ over the last axis, in the terms' own type.</summary>
    public static torch.Tensor Of(torch.Tensor terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return IsShort(terms) ? terms.sum(-1) : InDouble(terms).to(terms.dtype);
    }
}
