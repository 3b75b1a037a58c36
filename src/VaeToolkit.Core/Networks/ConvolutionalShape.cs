using VaeToolkit.Storage;

namespace VaeToolkit.Networks;

/// <summary>The sizes inside a convolutional encoder or decoder, each of whose layers halves or doubles height and width.</summary>
internal sealed record ConvolutionalShape(long Channels, long Height, long Width, IReadOnlyList<long> LayerChannels)
{
    // From here on a picture is halved once more.
    private const long LargePicture = 64;

    private long Factor => 1L << LayerChannels.Count;

    /// <summary>The shape of the innermost feature map: <c>[C, H, W]</c>.</summary>
    internal long[] Innermost => [LayerChannels[^1], Height / Factor, Width / Factor];

    /// <summary>The shape of a picture: <c>[C, H, W]</c>.</summary>
    internal long[] Item => [Channels, Height, Width];

    /// <summary>Channels from the outside in, the item's own first.</summary>
    internal IReadOnlyList<long> AllChannels => [Channels, .. LayerChannels];

    /// <summary>The convolutions and the layer between the innermost and the hidden one.</summary>
    internal static void RequireWeights(
        PartOptions options, IReadOnlyList<long> itemShape, IReadOnlyList<long> layerChannels, long hidden, int blocks = 0,
        long parametersPerValue = 1)
    {
        var shape = Of(itemShape, layerChannels, nameof(itemShape));
        options.RequireWeights([hidden, .. shape.Innermost]);
        options.RequireWeights(parametersPerValue, shape.Channels, layerChannels[0], 16);
        foreach (var (from, to) in layerChannels.Zip(layerChannels.Skip(1)))
            options.RequireWeights(from, to, 16);
        if (blocks > 0)
        {
            foreach (var channels in layerChannels)
                options.RequireWeights(blocks, ResidualBlock.Inner(channels), channels, 10);
        }
    }

    /// <summary>The channels of the residual networks where nothing is said.</summary>
    internal static long[] ChannelsFor(IReadOnlyList<long> itemShape)
        => itemShape is [_, >= LargePicture, >= LargePicture] ? [32, 64, 128, 128] : [32, 64, 128];

    internal static ConvolutionalShape Of(IReadOnlyList<long> itemShape, IReadOnlyList<long> layerChannels, string name)
    {
        Layers.RequireWidths(layerChannels, "channels");
        var item = Shape.RequireItemShape(itemShape, name);
        var factor = 1L << layerChannels.Count;
        if (item.Length != 3 || item[1] % factor != 0 || item[2] % factor != 0)
        {
            throw new ArgumentException(
                $"{name} is {Shape.Text(item)}; {layerChannels.Count} convolutional layers need [C, H, W] with H and W "
                + $"divisible by {factor}, such as [1, 28, 28] or [3, 32, 32] with two", name);
        }
        return new(item[0], item[1], item[2], layerChannels);
    }
}
