namespace VaeToolkit;

/// <summary>The shape <c>[N, C, H, W]</c> of the images of a grid.</summary>
internal readonly record struct GridShape(long Count, int Channels, int Height, int Width)
{
    public GridShape(long count, long channels, long height, long width)
        : this(count, checked((int)channels), checked((int)height), checked((int)width))
    {
    }

    public long ImageLength => (long)Channels * Height * Width;
}
