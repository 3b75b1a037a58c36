using TorchSharp;

namespace VaeToolkit;

/// <summary>A log-variance within its range, which may be none.</summary>
internal static class LogVarianceClamp
{
    internal static torch.Tensor Clamp(this LogVarianceRange? range, torch.Tensor logVariance)
        => range is null ? logVariance : logVariance.clamp(range.Minimum, range.Maximum);
}
