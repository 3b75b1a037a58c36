using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VaeToolkit.Volumes;

/// <summary>Between stored voxels of any type and doubles.</summary>
internal static class VoxelCodec
{
    /// <summary>
    /// Stored voxels as doubles, without slope and intercept. The bytes are turned round in place where they are big-endian.
    /// </summary>
    public static void Decode(Span<byte> bytes, NiftiDataType type, bool bigEndian, Span<double> values)
    {
        if (bigEndian)
            TurnRound(bytes, NiftiHeader.BytesPerVoxel(type));
        switch (type)
        {
            case NiftiDataType.Unsigned8: Decode<byte>(bytes, values); break;
            case NiftiDataType.Signed8: Decode<sbyte>(bytes, values); break;
            case NiftiDataType.Signed16: Decode<short>(bytes, values); break;
            case NiftiDataType.Unsigned16: Decode<ushort>(bytes, values); break;
            case NiftiDataType.Signed32: Decode<int>(bytes, values); break;
            case NiftiDataType.Unsigned32: Decode<uint>(bytes, values); break;
            case NiftiDataType.Signed64: Decode<long>(bytes, values); break;
            case NiftiDataType.Unsigned64: Decode<ulong>(bytes, values); break;
            case NiftiDataType.Real32: Decode<float>(bytes, values); break;
            default: Decode<double>(bytes, values); break;
        }
    }

    /// <summary>Doubles as stored voxels, little-endian.</summary>
    /// <returns>The index of the first value that the type cannot hold, or −1.</returns>
    public static int Encode(ReadOnlySpan<double> values, NiftiDataType type, Span<byte> bytes) => type switch
    {
        NiftiDataType.Unsigned8 => Encode<byte>(values, bytes),
        NiftiDataType.Signed8 => Encode<sbyte>(values, bytes),
        NiftiDataType.Signed16 => Encode<short>(values, bytes),
        NiftiDataType.Unsigned16 => Encode<ushort>(values, bytes),
        NiftiDataType.Signed32 => Encode<int>(values, bytes),
        NiftiDataType.Unsigned32 => Encode<uint>(values, bytes),
        NiftiDataType.Signed64 => Encode<long>(values, bytes),
        NiftiDataType.Unsigned64 => Encode<ulong>(values, bytes),
        NiftiDataType.Real32 => Encode<float>(values, bytes),
        _ => Encode<double>(values, bytes),
    };

    private static void Decode<T>(ReadOnlySpan<byte> bytes, Span<double> values)
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, T>(bytes);
        for (var i = 0; i < values.Length; i++)
            values[i] = double.CreateTruncating(stored[i]);
    }

    private static int Encode<T>(ReadOnlySpan<double> values, Span<byte> bytes)
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, T>(bytes);
        for (var i = 0; i < values.Length; i++)
        {
            stored[i] = T.CreateSaturating(values[i]);
            // NaN is unequal to itself, and equal here where the type has it.
            if (!double.CreateTruncating(stored[i]).Equals(values[i]))
                return i;
        }
        return -1;
    }

    private static void TurnRound(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
