using System.Buffers.Binary;
using System.Globalization;
using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// Reads and writes safetensors: an eight-byte header length, a JSON header with type, shape and byte range of every tensor, and the
/// raw row-major little-endian bytes. Python's <c>safetensors</c> reads what is written here and the reverse.
/// </summary>
public static class SafeTensors
{
    /// <summary>Metadata key under which this library's files say what they are.</summary>
    public const string KindKey = "kind";

    /// <summary>Metadata key of the version of that kind's layout, a whole number from 1.</summary>
    public const string FormatVersionKey = "format_version";

    // A tensor's bytes come as a span, which cannot be longer than 2 GB.
    private const long ChunkBytes = 1L << 26;

    /// <summary>
    /// Metadata that states a kind and its version, for <see cref="SafeTensorsFile.RequireKind"/>; more may be added to it.
    /// </summary>
    /// <param name="kind">What the file is.</param>
    /// <param name="version">The version of that kind's layout, at least 1.</param>
    public static Dictionary<string, string> Kind(string kind, int version)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        return new() { [KindKey] = kind, [FormatVersionKey] = version.ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>Writes a file. It is written beside the old one and renamed, so a crash leaves the old one whole.</summary>
    /// <param name="path">Where; the folder is made if it is not there.</param>
    /// <param name="tensors">Tensors by name, on any device, of any shape.</param>
    /// <param name="metadata">Strings to store beside them, or null.</param>
    /// <exception cref="ArgumentException">
    /// A name is reserved, a tensor is disposed, sparse, on meta or of a type that the format does not have, or a value of the metadata is
    /// null.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        CheckTensors(tensors);
        CheckMetadata(metadata);
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));
    }

    /// <summary>Writes to a stream, from its current position.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="tensors">Tensors by name, on any device, of any shape.</param>
    /// <param name="metadata">Strings to store beside them, or null.</param>
    /// <exception cref="ArgumentException">
    /// A name is reserved, a tensor is disposed, sparse, on meta or of a type that the format does not have, or a value of the metadata is
    /// null.
    /// </exception>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, torch.Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        CheckTensors(tensors);
        CheckMetadata(metadata);
        var header = SafeTensorsHeader.Plan(
            tensors.Select(pair => (pair.Key, SafeTensorsType.Find(pair.Value.dtype)!, pair.Value.shape)),
            metadata ?? new Dictionary<string, string>());
        var json = header.ToJson();
        Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        stream.Write(prefix);
        stream.Write(json);
        foreach (var entry in header.Entries)
            WriteData(stream, tensors[entry.Name], entry.Type.Bits / 8);
    }

    /// <summary>
    /// Reads a file whole. The file is taken for hostile: nothing is allocated that its real length does not cover. Tensors of the format's
    /// types that TorchSharp has not (U16, U32, U64, C64 and those of 8 bits and fewer) are passed over and refused when asked for.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <returns>Its tensors, on the CPU, and metadata; the caller disposes it.</returns>
    /// <exception cref="SafeTensorsException">The file breaks the format.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeTensorsFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Read(stream, path);
    }

    /// <summary>Reads from a stream's current position to its end.</summary>
    /// <param name="stream">A stream that knows its length; it stays open.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="ArgumentException">The stream does not know its length.</exception>
    /// <exception cref="SafeTensorsException">The content breaks the format.</exception>
    public static SafeTensorsFile Read(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
            throw new ArgumentException("The stream must be seekable: its length is checked before anything is allocated.", nameof(stream));
        var length = stream.Length - stream.Position;
        try
        {
            var (header, dataStart) = ReadHeader(stream, length, name);
            header.RequireFullCover(name, dataStart, length - dataStart);
            return new SafeTensorsFile(name, ReadTensors(stream, header), header);
        }
        catch (EndOfStreamException e)
        {
            throw new SafeTensorsException(name, length, "the file became shorter while it was read", null, e);
        }
    }

    private static (SafeTensorsHeader Header, long DataStart) ReadHeader(Stream stream, long length, string name)
    {
        if (length < SafeTensorsHeader.PrefixLength)
            throw new SafeTensorsException(name, 0, $"the file has {length} bytes; a header length takes {SafeTensorsHeader.PrefixLength}");
        Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixLength];
        stream.ReadExactly(prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafeTensorsHeader.LongestHeader)
            throw new SafeTensorsException(
                name, 0, $"the header claims {headerLength} bytes; the format allows {SafeTensorsHeader.LongestHeader}");
        var dataStart = SafeTensorsHeader.PrefixLength + (long)headerLength;
        if (dataStart > length)
            throw new SafeTensorsException(
                name, 0, $"the header claims {headerLength} bytes, but only {length - SafeTensorsHeader.PrefixLength} follow");
        var json = new byte[headerLength];
        stream.ReadExactly(json);
        return (SafeTensorsHeaderParser.Parse(name, json), dataStart);
    }

    private static Dictionary<string, torch.Tensor> ReadTensors(Stream stream, SafeTensorsHeader header)
    {
        var tensors = new Dictionary<string, torch.Tensor>(header.Entries.Count);
        try
        {
            // Entries are in the order of their bytes and leave no gap, so the stream is read straight through.
            foreach (var entry in header.Entries)
            {
                if (entry.Type.Scalar is { } type)
                    tensors.Add(entry.Name, ReadData(stream, entry, type));
                else
                    stream.Position += entry.ByteCount;
            }
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values)
                tensor.Dispose();
            throw;
        }
    }

    private static torch.Tensor ReadData(Stream stream, SafeTensorsEntry entry, torch.ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.empty(entry.Shape, dtype: type, device: torch.CPU);
        foreach (var part in Parts(tensor, entry.Type.Bits / 8))
            stream.ReadExactly(part.bytes);
        return tensor.DetachFromDisposeScope();
    }

    private static void WriteData(Stream stream, torch.Tensor tensor, int elementSize)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var part in Parts(tensor.detach().cpu().contiguous(), elementSize))
            stream.Write(part.bytes);
    }

    /// <summary>Flat views of a contiguous tensor, each short enough for a span.</summary>
    private static IEnumerable<torch.Tensor> Parts(torch.Tensor tensor, int elementSize)
    {
        var count = tensor.numel();
        if (count == 0)
            yield break;
        var flat = tensor.reshape(-1);
        var step = ChunkBytes / elementSize;
        for (var start = 0L; start < count; start += step)
            yield return flat.narrow(0, start, Math.Min(step, count - start));
    }

    private static void CheckMetadata(IReadOnlyDictionary<string, string>? metadata)
    {
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            if (value is null)
                throw new ArgumentException($"The metadata of '{key}' are null; the format has strings alone.", nameof(metadata));
        }
    }

    private static void CheckTensors(IReadOnlyDictionary<string, torch.Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach (var (name, tensor) in tensors)
        {
            if (name == SafeTensorsHeader.MetadataKey)
                throw new ArgumentException($"A tensor cannot be called '{name}': the format uses the name for metadata.", nameof(tensors));
            if (tensor is null || tensor.IsInvalid)
                throw new ArgumentException($"The tensor '{name}' is null or disposed.", nameof(tensors));
            if (tensor.is_sparse || tensor.device_type == DeviceType.META)
                throw new ArgumentException($"The tensor '{name}' is "
                    + $"{(tensor.is_sparse ? "sparse; make it dense first" : "on meta, where there are no values")}.", nameof(tensors));
            if (SafeTensorsType.Find(tensor.dtype) is null)
                throw new ArgumentException(
                    $"The tensor '{name}' is of type {tensor.dtype}; the format has {SafeTensorsType.KnownCodes}.", nameof(tensors));
        }
    }
}
