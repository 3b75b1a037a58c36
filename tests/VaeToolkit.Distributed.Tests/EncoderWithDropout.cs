using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.Distributed.Tests;

/// <summary>An encoder that leaves features out while it is trained.</summary>
internal sealed class EncoderWithDropout : Encoder
{
    private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _layers;

    public EncoderWithDropout(long features, long latentSize, bool ofTorch = false)
        : base(nameof(EncoderWithDropout))
    {
        LatentSize = latentSize;
        _layers = torch.nn.Sequential(
            torch.nn.Linear(features, 16), torch.nn.ReLU(), ofTorch ? torch.nn.Dropout(0.4) : new ItemDropout(0.4),
            torch.nn.Linear(16, 2 * latentSize));
        register_module("layers", _layers);
    }

    public override long LatentSize { get; }

    public override Posterior forward(torch.Tensor input)
    {
        var parts = _layers.forward(input).chunk(2, 1);
        return new DiagonalNormal(parts[0], parts[1]);
    }
}
