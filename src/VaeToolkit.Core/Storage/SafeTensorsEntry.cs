namespace VaeToolkit.Storage;

/// <summary>One tensor of a header: its bytes are <c>[Begin, End)</c> of the data that follows the header.</summary>
internal sealed record SafeTensorsEntry(string Name, SafeTensorsType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Byte of the file at which the entry stands in the header, for messages.</summary>
    public long HeaderOffset { get; init; }

    public long ByteCount => End - Begin;

    /// <summary>Number of bytes that a shape takes, or null when it is more than 2^63 - 1.</summary>
    public static long? BytesFor(ReadOnlySpan<long> shape, int elementSize)
    {
        long bytes = elementSize, strides = elementSize;
        try
        {
            foreach (var extent in shape)
            {
                bytes = checked(bytes * extent);
                // A zero hides an overflow in the strides that the engine computes, so they are checked beside it.
                strides = checked(strides * Math.Max(extent, 1));
            }
            return bytes;
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
