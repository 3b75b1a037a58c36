using TorchSharp;

namespace VaeToolkit.Contract.Tests;

/// <summary>Lets TorchSharp make float64 tensors on <c>meta</c> where it is told no type or device, until disposed.</summary>
internal sealed class ForeignDefaults : IDisposable
{
    private readonly torch.Device _device = torch.get_default_device();
    private readonly torch.ScalarType _type = torch.get_default_dtype();

    internal ForeignDefaults()
    {
        torch.set_default_device(torch.META);
        torch.set_default_dtype(torch.float64);
    }

    /// <summary>Restores what there was.</summary>
    public void Dispose()
    {
        torch.set_default_device(_device);
        torch.set_default_dtype(_type);
    }
}
