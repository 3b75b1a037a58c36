using System.Buffers.Binary;
using System.IO.Compression;

namespace VaeToolkit.Tests.Data;

/// <summary>Makes and reads IDX content byte by byte, for tests.</summary>
internal static class IdxContent
{
    public static byte[] With(byte[] values, params uint[] extents)
    {
        var content = new byte[4 + (4 * extents.Length) + values.Length];
        (content[2], content[3]) = (0x08, (byte)extents.Length);
        for (var i = 0; i < extents.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4 + (4 * i)), extents[i]);
        values.CopyTo(content, 4 + (4 * extents.Length));
        return content;
    }

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(content);
        return packed.ToArray();
    }

    public static IdxArray Read(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return IdxReader.Read(stream, "given.idx");
    }

    public static IdxException Refusal(byte[] content)
    {
        var read = () => Read(content);
        var refusal = read.Should().Throw<IdxException>().Which;
        refusal.Message.Should().StartWith("given.idx: ").And.Contain("(byte ");
        refusal.SourceFile.Should().Be("given.idx");
        return refusal;
    }

    /// <summary>
    /// Writes the four files of an image set: as many images of 2 x 2 pixels as there are labels, each filled with its label.
    /// </summary>
    public static void WriteSet(string folder, byte[] trainLabels, byte[] testLabels, bool gzip = false)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, labels) in new[] { ("train", trainLabels), ("t10k", testLabels) })
        {
            Write($"{name}-images-idx3-ubyte", With(Pixels(labels), (uint)labels.Length, 2, 2));
            Write($"{name}-labels-idx1-ubyte", With(labels, (uint)labels.Length));
        }

        static byte[] Pixels(byte[] labels) => [.. labels.SelectMany(label => Enumerable.Repeat(label, 4))];

        void Write(string name, byte[] content) =>
            File.WriteAllBytes(Path.Combine(folder, gzip ? name + ".gz" : name), gzip ? Gzip(content) : content);
    }
}
