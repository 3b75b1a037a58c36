using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Tests.Models;

/// <summary>A user's encoder whose layers act otherwise in training mode: batch normalisation and dropout.</summary>
internal sealed class NormalisedEncoder : Encoder
{
    private readonly Sequential _trunk;
    private readonly Linear _head;

    internal NormalisedEncoder(long inputs, long latentSize, long hidden = 16)
        : base(nameof(NormalisedEncoder))
    {
        LatentSize = latentSize;
        _trunk = Sequential(Linear(inputs, hidden), BatchNorm1d(hidden), ReLU(inplace: true), Dropout(0.5));
        _head = Linear(hidden, 2 * latentSize);
        register_module("trunk", _trunk);
        register_module("head", _head);
    }

    public override long LatentSize { get; }

    public override Posterior forward(torch.Tensor input)
    {
        var parts = _head.forward(_trunk.forward(input.flatten(1))).chunk(2, -1);
        return new DiagonalNormal(parts[0], parts[1].clamp(-6, 2));
    }
}
