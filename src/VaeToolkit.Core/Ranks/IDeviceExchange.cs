using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>
/// An exchange that may add up numbers where they are in a device's memory. Gradients that it reaches stay there; all else goes by way of
/// the host's memory, as everything does with an exchange that is none of these.
/// </summary>
public interface IDeviceExchange : IExchange
{
    /// <summary>Whether it adds up a device's tensors where they are; the same answer throughout a run.</summary>
    /// <param name="device">Where they are.</param>
    bool Reaches(torch.Device device);

    /// <summary>
    /// Puts the sum over all ranks in place of every value; all ranks get the same bits. The implementation waits for what torch has queued
    /// for the device, and what is queued after the call sees the sums. A rank whose own numbers are out of reach makes the call for spans
    /// meanwhile.
    /// </summary>
    /// <param name="values">As many on every rank, contiguous, float32 or float64, on a device that it reaches; no more than an int
    /// counts.</param>
    void AllReduce(torch.Tensor values);
}
