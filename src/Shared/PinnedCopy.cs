using TorchSharp;

namespace VaeToolkit;

/// <summary>Copies to a device that do not hold up what an NVIDIA GPU is doing: they are from memory that cannot be paged out.</summary>
internal static class PinnedCopy
{
    /// <summary>The tensor on a device; there already it is another handle on the same memory.</summary>
    internal static torch.Tensor To(torch.Tensor tensor, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var pinned = device.type == DeviceType.CUDA && tensor.device_type == DeviceType.CPU;
        return (pinned ? tensor.pin_memory() : tensor.alias()).to(device, non_blocking: pinned).MoveToOuterDisposeScope();
    }
}
