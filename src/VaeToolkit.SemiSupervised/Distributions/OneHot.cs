using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>One-hot rows.</summary>
internal static class OneHot
{
    /// <summary>Rows <c>[N, Y]</c> of classes <c>[N]</c>, which must be in [0, Y).</summary>
    internal static torch.Tensor Rows(torch.Tensor classes, long count, torch.ScalarType type)
        => classes.unsqueeze(1).eq(torch.arange(count, dtype: torch.int64, device: classes.device)).to(type);
}
