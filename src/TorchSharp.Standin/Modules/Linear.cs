using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>y = x Wᵀ + b. Weights and biases are drawn from U(-1/√inputs, 1/√inputs) as PyTorch draws them.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        (in_features, out_features) = (inputSize, outputSize);
        weight = new Parameter(empty(outputSize, inputSize, dtype, device));
        if (hasBias)
            bias = new Parameter(empty(outputSize, dtype, device));
        nn.init.DrawLikePyTorch(weight, bias);
    }

    internal Linear(Parameter weight, Parameter? bias)
        : base(nameof(Linear))
    {
        (in_features, out_features) = (weight.shape[1], weight.shape[0]);
        this.weight = weight;
        this.bias = bias;
    }

    public long in_features { get; set; }

    public long out_features { get; set; }

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

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight!, bias);
}
