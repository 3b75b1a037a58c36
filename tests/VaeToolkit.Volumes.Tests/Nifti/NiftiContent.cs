using System.Buffers.Binary;
using System.IO.Compression;

namespace VaeToolkit.Volumes.Tests.Nifti;

/// <summary>Makes NIfTI-1 content field by field, in either byte order, independently of the library's writer.</summary>
internal sealed class NiftiContent
{
    private readonly byte[] _header = new byte[352];
    private readonly bool _bigEndian;

    public NiftiContent(bool bigEndian = false)
    {
        _bigEndian = bigEndian;
        Int(0, 348);
        Floats(76, 1, 1, 1, 1);
        Floats(108, 352);
        "n+1\0"u8.CopyTo(_header.AsSpan(344));
    }

    public NiftiContent Extents(params short[] extents)
    {
        Shorts(40, [(short)extents.Length, .. extents]);
        return this;
    }

    public NiftiContent Type(short code, short bits)
    {
        Shorts(70, code, bits);
        return this;
    }

    public NiftiContent Int(int offset, int value)
    {
        if (_bigEndian)
            BinaryPrimitives.WriteInt32BigEndian(_header.AsSpan(offset), value);
        else
            BinaryPrimitives.WriteInt32LittleEndian(_header.AsSpan(offset), value);
        return this;
    }

    public NiftiContent Shorts(int offset, params short[] values)
    {
        foreach (var (value, i) in values.Select((value, i) => (value, i)))
        {
            if (_bigEndian)
                BinaryPrimitives.WriteInt16BigEndian(_header.AsSpan(offset + (2 * i)), value);
            else
                BinaryPrimitives.WriteInt16LittleEndian(_header.AsSpan(offset + (2 * i)), value);
        }
        return this;
    }

    public NiftiContent Floats(int offset, params float[] values)
    {
        foreach (var (value, i) in values.Select((value, i) => (value, i)))
            Int(offset + (4 * i), BitConverter.SingleToInt32Bits(value));
        return this;
    }

    public NiftiContent Bytes(int offset, params byte[] values)
    {
        values.CopyTo(_header, offset);
        return this;
    }

    /// <summary>The header alone, as an .hdr file has it.</summary>
    public byte[] Header() => _header[..348];

    /// <summary>The header and voxels, whose bytes are given lowest first.</summary>
    public byte[] With(int voxelLength, params byte[] voxels) => [.. _header, .. Ordered(voxelLength, voxels)];

    public byte[] Ordered(int voxelLength, byte[] voxels) =>
        _bigEndian ? [.. voxels.Chunk(voxelLength).SelectMany(voxel => voxel.Reverse())] : voxels;

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(content);
        return packed.ToArray();
    }

    public static Volume<float> Read(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return NiftiFile.Read(stream, "given.nii");
    }

    public static NiftiException Refusal(byte[] content)
    {
        var read = () => Read(content);
        var refusal = read.Should().Throw<NiftiException>().Which;
        refusal.Message.Should().StartWith("given.nii: ").And.Contain("(byte ");
        refusal.SourceFile.Should().Be("given.nii");
        return refusal;
    }

    /// <summary>A sound file: 3 x 2 x 2 bytes 0 to 11.</summary>
    public static NiftiContent Sound(bool bigEndian = false) => new NiftiContent(bigEndian).Extents(3, 2, 2).Type(2, 8);

    public static byte[] SoundVoxels => [.. Enumerable.Range(0, 12).Select(i => (byte)i)];
}
