using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace VaeToolkit.Storage;

/// <summary>The header of a file: what tensors it holds and where, in the order of their bytes.</summary>
internal sealed record SafeTensorsHeader(IReadOnlyList<SafeTensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Bytes before the header: its length, a little-endian 64-bit number.</summary>
    public const int PrefixLength = 8;

    /// <summary>The format's own limit.</summary>
    public const int LongestHeader = 100_000_000;

    public const string MetadataKey = "__metadata__";

    // Names are written as they are; only what JSON demands is escaped.
    private static readonly JsonWriterOptions s_jsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lays tensors out one after the other, widest alignment first, then by name, as the format's own library does.</summary>
    public static SafeTensorsHeader Plan(
        IEnumerable<(string Name, SafeTensorsType Type, long[] Shape)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = new List<SafeTensorsEntry>();
        var position = 0L;
        foreach (var (name, type, shape) in tensors.OrderBy(t => t.Type.Rank).ThenBy(t => t.Name, StringComparer.Ordinal))
        {
            var end = position + SafeTensorsEntry.BytesFor(shape, type.Bits)!.Value;
            entries.Add(new SafeTensorsEntry(name, type, shape, position, end));
            position = end;
        }
        return new SafeTensorsHeader(entries, metadata);
    }

    /// <summary>The header as JSON, padded with spaces so that the data starts at a multiple of eight.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_jsonOptions))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
                WriteMetadata(json);
            foreach (var entry in Entries)
                WriteEntry(json, entry);
            json.WriteEndObject();
        }
        var padding = -buffer.WrittenCount & (PrefixLength - 1);
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Checks that the tensors fill the data exactly: in range, no gap, no overlap, nothing left over.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="dataStart">Byte of the file at which the data starts.</param>
    /// <param name="dataLength">Number of bytes of data that the file really has.</param>
    public void RequireFullCover(string file, long dataStart, long dataLength)
    {
        var position = 0L;
        foreach (var entry in Entries)
        {
            if (entry.End > dataLength)
                throw Fail(entry, $"the tensor ends at data byte {entry.End}, but there are {dataLength} bytes; the file is truncated");
            if (entry.Begin != position)
                throw Fail(
                    entry,
                    $"the tensor starts at data byte {entry.Begin}, the one before it ends at {position}: {Clash(entry.Begin, position)}");
            position = entry.End;
        }
        if (position != dataLength)
            throw new SafeTensorsException(file, dataStart + position, $"{dataLength - position} trailing bytes follow the last tensor");

        SafeTensorsException Fail(SafeTensorsEntry entry, string problem) => new(file, entry.HeaderOffset, problem, entry.Name);

        static string Clash(long begin, long end) => begin > end ? "a gap" : "an overlap";
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        json.WriteStartObject(MetadataKey);
        foreach (var (key, value) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafeTensorsEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", entry.Type.Code);
        json.WriteStartArray("shape");
        foreach (var extent in entry.Shape)
            json.WriteNumberValue(extent);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
