using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises each channel of each item by its own statistics.</summary>
public abstract class InstanceNorm : NormBase
{
    private protected InstanceNorm(long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype, string name)
        : base(features, eps, momentum, affine, trackRunningStats, device, dtype, name)
    {
    }

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        return nn.functional.instance_norm(input, running_mean, running_var, weight, bias, training || !track_running_stats, momentum ?? 0.1, eps);
    }
}
