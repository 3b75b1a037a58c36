namespace VaeToolkit;

/// <summary>The content of an IDX file: an array of unsigned bytes.</summary>
public sealed class IdxArray
{
    internal IdxArray(IReadOnlyList<long> shape, byte[] values)
    {
        Shape = shape;
        Content = values;
    }

    /// <summary>Extents, such as <c>[60000, 28, 28]</c> for images and <c>[60000]</c> for labels.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The bytes, last extent fastest.</summary>
    public ReadOnlyMemory<byte> Values => Content;

    /// <summary>What was odd about the file and was read nevertheless, such as bytes that follow the values; or null.</summary>
    public string? Warning { get; internal init; }

    internal byte[] Content { get; }

    /// <summary>The extents.</summary>
    public override string ToString() => $"{string.Join(" x ", Shape)} bytes" + (Warning is null ? "" : $"; {Warning}");
}
