using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What batch and instance normalisation share: scale and shift per channel, and running statistics as buffers.</summary>
public abstract class NormBase : nn.Module<Tensor, Tensor>
{
    private protected NormBase(long features, double eps, double? momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype, string name)
        : base(name)
    {
        (this.eps, this.momentum, this.affine, track_running_stats) = (eps, momentum, affine, trackRunningStats);
        if (affine)
        {
            weight = new Parameter(ones(features, dtype, device));
            bias = new Parameter(zeros(features, dtype, device));
        }
        if (!trackRunningStats)
            return;
        running_mean = zeros(features, dtype, device);
        running_var = ones(features, dtype, device);
        num_batches_tracked = zeros([], ScalarType.Int64, device);
    }

    public double eps { get; set; }

    public double? momentum { get; set; }

    public bool affine { get; }

    public bool track_running_stats { get; }

    public Parameter? weight
    {
        get => Own();
        set => SetOwn(value);
    }

    public Parameter? bias
    {
        get => Own();
        set => SetOwn(value);
    }

    public Tensor? running_mean
    {
        get => OwnBuffer();
        set => SetOwnBuffer(value);
    }

    public Tensor? running_var
    {
        get => OwnBuffer();
        set => SetOwnBuffer(value);
    }

    public Tensor? num_batches_tracked
    {
        get => OwnBuffer();
        set => SetOwnBuffer(value);
    }

    protected abstract void ValidateInputDimensions(Tensor input);

    private protected void RequireRank(Tensor input, params int[] ranks)
    {
        if (!ranks.Contains((int)input.Dimensions))
            throw new ArgumentException($"expected {string.Join(" or ", ranks.Select(r => $"{r}D"))} input, got {input.Dimensions}D input.");
    }
}
