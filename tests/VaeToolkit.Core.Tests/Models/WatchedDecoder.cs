using TorchSharp;

namespace VaeToolkit.Tests.Models;

/// <summary>Another decoder that a test hears of before every pass, so that something can happen in the middle of a long call.</summary>
internal sealed class WatchedDecoder : Decoder
{
    private readonly Decoder _inner;

    public WatchedDecoder(Decoder inner)
        : base(nameof(WatchedDecoder)) => register_module("inner", _inner = inner);

    public Action Pass { get; set; } = () => { };

    public override long LatentSize => _inner.LatentSize;

    public override IReadOnlyList<long> ItemShape => _inner.ItemShape;

    public override Likelihood forward(torch.Tensor input)
    {
        Pass();
        return _inner.forward(input);
    }
}
