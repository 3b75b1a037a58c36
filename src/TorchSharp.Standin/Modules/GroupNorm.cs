using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises each item over groups of channels.</summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    internal GroupNorm(long groups, long channels, double eps, bool affine, Device? device, ScalarType? dtype)
        : base(nameof(GroupNorm))
    {
        (num_groups, this.eps, this.affine) = (groups, eps, affine);
        if (!affine)
            return;
        weight = new Parameter(ones(channels, dtype, device));
        bias = new Parameter(zeros(channels, dtype, device));
    }

    public long num_groups { get; set; }

    public double eps { get; set; }

    public bool affine { get; set; }

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

    public override Tensor forward(Tensor tensor) => nn.functional.group_norm(tensor, num_groups, weight, bias, eps);
}
