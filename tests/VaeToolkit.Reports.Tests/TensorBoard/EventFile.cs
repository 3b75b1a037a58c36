using System.Buffers.Binary;
using System.Text;

namespace VaeToolkit.Reports.Tests.TensorBoard;

/// <summary>
/// A reader of TensorBoard's event files that shares nothing with the writer: records of length, masked CRC-32C, payload and masked CRC-32C
/// (TFRecord), and in each one message Event in protocol buffers, of which it knows the fields that a run needs.
/// </summary>
internal sealed class EventFile
{
    private readonly List<(string Tag, long Step, byte[] Value, int Field)> _values = [];

    private EventFile()
    {
    }

    public string? Version { get; private set; }

    public static EventFile Read(string path)
    {
        var file = new EventFile();
        var (bytes, at) = (File.ReadAllBytes(path), 0);
        while (at < bytes.Length)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            var message = bytes[(at + 12)..(at + 12 + length)];
            Require(bytes.AsSpan(at, 8), bytes.AsSpan(at + 8));
            Require(message, bytes.AsSpan(at + 12 + length));
            file.Add(message);
            at += length + 16;
        }
        return file;
    }

    /// <summary>Summary.Value.simple_value (2).</summary>
    public IEnumerable<(string Tag, long Step, float Value)> Scalars => _values.Where(value => value.Field == 2)
        .Select(value => (value.Tag, value.Step, BinaryPrimitives.ReadSingleLittleEndian(value.Value)));

    /// <summary>Summary.Value.image (4): height 1, width 2, encoded 4.</summary>
    public IEnumerable<(string Tag, long Step, long Height, long Width, byte[] Encoded)> Images => _values.Where(value => value.Field == 4)
        .Select(value => (value.Tag, value.Step, Fields(value.Value).ToList()))
        .Select(image => (image.Tag, image.Step, image.Item3.First(f => f.Number == 1).Whole, image.Item3.First(f => f.Number == 2).Whole,
            image.Item3.First(f => f.Number == 4).Bytes));

    /// <summary>Summary.Value.histo (5): min 1, max 2, num 3, sum 4, sum_squares 5, all doubles.</summary>
    public IEnumerable<(string Tag, long Step, double[] Numbers)> Histograms => _values.Where(value => value.Field == 5)
        .Select(value => (value.Tag, value.Step, Fields(value.Value).Where(f => f.Number <= 5)
            .OrderBy(f => f.Number).Select(f => BinaryPrimitives.ReadDoubleLittleEndian(f.Bytes)).ToArray()));

    /// <summary>Summary.Value.tensor (8): TensorProto.string_val (8).</summary>
    public IEnumerable<(string Tag, string Text)> Texts => _values.Where(value => value.Field == 8)
        .Select(value => (value.Tag, Encoding.UTF8.GetString(Fields(value.Value).First(f => f.Number == 8).Bytes)));

    // Event: step 2, file_version 3, summary 5; Summary: value 1; Summary.Value: tag 1.
    private void Add(byte[] message)
    {
        var fields = Fields(message).ToList();
        Version ??= fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Bytes)).FirstOrDefault();
        var step = fields.Where(f => f.Number == 2).Select(f => f.Whole).FirstOrDefault();
        foreach (var value in fields.Where(f => f.Number == 5).SelectMany(f => Fields(f.Bytes)).Where(f => f.Number == 1))
        {
            var parts = Fields(value.Bytes).ToList();
            var tag = Encoding.UTF8.GetString(parts.First(f => f.Number == 1).Bytes);
            _values.AddRange(parts.Where(f => f.Number is 2 or 4 or 5 or 8).Select(f => (tag, step, f.Bytes, f.Number)));
        }
    }

    private static IEnumerable<(int Number, long Whole, byte[] Bytes)> Fields(byte[] message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var key = Varint();
            var (number, type) = ((int)(key >> 3), key & 7);
            if (type == 0)
                yield return (number, Varint(), []);
            else
                yield return (number, 0, Take(type switch { 1 => 8, 5 => 4, 2 => (int)Varint(), _ => throw new InvalidDataException() }));
        }

        long Varint()
        {
            long value = 0;
            for (var shift = 0; ; shift += 7)
            {
                value |= (long)(message[at] & 0x7F) << shift;
                if (message[at++] < 0x80)
                    return value;
            }
        }

        byte[] Take(int count) => message[at..(at += count)];
    }

    private static void Require(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        var crc = Crc32C(data);
        var masked = ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
        if (masked != BinaryPrimitives.ReadUInt32LittleEndian(stored))
            throw new InvalidDataException("a checksum is wrong");
    }

    // Castagnoli's polynomial, bit by bit.
    internal static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = ~0u;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        return ~crc;
    }
}
