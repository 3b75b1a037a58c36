namespace VaeToolkit.Storage;

/// <summary>One tensor of a header: its bytes are <c>[Begin, End)</c> of the data that follows the header.</summary>
internal sealed record SafeTensorsEntry(string Name, SafeTensorsType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Byte of the file at which the entry stands in the header, for messages.</summary>
    public long HeaderOffset { get; init; }

    public long ByteCount => End - Begin;

    /// <summary>Number of whole bytes that a shape takes, or null when it has 2^63 bits or more.</summary>
    public static long? BytesFor(ReadOnlySpan<long> shape, int elementBits)
    {
        long bits = elementBits, strides = elementBits;
        try
        {
            foreach (var extent in shape)
            {
                bits = checked(bits * extent);
                // A zero hides an overflow in the strides that the engine computes, so they are checked beside it.
                strides = checked(strides * Math.Max(extent, 1));
            }
            return (bits / 8) + (bits % 8 > 0 ? 1 : 0);
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
