using TorchSharp;

namespace VaeToolkit.Networks;

/// <summary>
/// Dropout whose draws come from <see cref="NoiseSource"/>: those of torch's own for the same generator, and where ranks divide a batch,
/// each draws what one process would draw for its items.
/// </summary>
public sealed class ItemDropout : torch.nn.Module<torch.Tensor, torch.Tensor>, IGraphLayer
{
    private readonly double _share;

    /// <summary>Makes the layer, which has no weights.</summary>
    /// <param name="share">Of features that are left out in training mode, in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public ItemDropout(double share = 0.5)
        : base(nameof(ItemDropout))
        => _share = share is >= 0 and < 1
            ? share : throw new ArgumentOutOfRangeException(nameof(share), share, "the share left out must be in [0, 1)");

    /// <summary>The input with some features left out and the others scaled up, in training mode; else the input.</summary>
    /// <param name="input">Features <c>[N, ...]</c>.</param>
    public override torch.Tensor forward(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return training && _share > 0
            ? input * NoiseSource.Bernoulli(input.shape, input, 1 - _share, itemAxis: 0).div_(1 - _share) : input.alias();
    }

    /// <inheritdoc/>
    public GraphValue WriteTo(NetworkGraph graph, GraphValue input)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(input);
        return input;
    }

    /// <summary>The share that is left out.</summary>
    public override string ToString() => FormattableString.Invariant($"{nameof(ItemDropout)} {_share}");
}
