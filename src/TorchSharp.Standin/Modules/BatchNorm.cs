using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises each channel over the batch; in evaluation by the running statistics.</summary>
public abstract class BatchNorm : NormBase
{
    private protected BatchNorm(long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype, string name)
        : base(features, eps, momentum, affine, trackRunningStats, device, dtype, name)
    {
    }

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        if (training && track_running_stats)
        {
            using var _ = no_grad();
            num_batches_tracked!.add_(1);
        }
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training || running_mean is null, momentum ?? 0.1, eps);
    }
}
