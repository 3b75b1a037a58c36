using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises each item over its last axes.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    internal LayerNorm(long[] shape, double eps, bool affine, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(LayerNorm))
    {
        (normalized_shape, this.eps, elementwise_affine) = (shape, eps, affine);
        if (!affine)
            return;
        weight = new Parameter(ones(shape, dtype, device));
        if (hasBias)
            bias = new Parameter(zeros(shape, dtype, device));
    }

    public long[] normalized_shape { get; set; }

    public double eps { get; set; }

    public bool elementwise_affine { get; set; }

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

    public override Tensor forward(Tensor tensor) => nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
}
