using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>
/// Says that it reaches the CPU's memory, as one over CUDA-aware MPI reaches a GPU's, so that gradients have to come as tensors.
/// </summary>
internal sealed class ReachingExchange(IExchange inner) : IDeviceExchange
{
    public int Rank => inner.Rank;

    public int Size => inner.Size;

    public bool Reaches(torch.Device device) => true;

    public void AllReduce(torch.Tensor values)
    {
        if (inner is IDeviceExchange device)
            device.AllReduce(values);
        else if (values.dtype == torch.ScalarType.Float32)
            inner.AllReduce(MemoryMarshal.Cast<byte, float>(values.bytes));
        else
            inner.AllReduce(MemoryMarshal.Cast<byte, double>(values.bytes));
    }

    // Nothing but gradients is float32.
    public void AllReduce(Span<float> values) => throw new UnreachableException("gradients do not go by way of the host");

    public void AllReduce(Span<double> values) => inner.AllReduce(values);

    public void Broadcast(Span<byte> values, int root) => inner.Broadcast(values, root);

    public void Barrier() => inner.Barrier();

    public void Abort(string message) => inner.Abort(message);
}
