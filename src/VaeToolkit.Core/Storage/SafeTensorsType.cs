using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>
/// An element type of the format: its code in the header, TorchSharp's type or null where it has none, and its size in bits.
/// </summary>
internal sealed record SafeTensorsType(string Code, torch.ScalarType? Scalar, int Bits)
{
    /// <summary>
    /// The types that can be read and written, in the order in which the format's own library lays tensors out: widest alignment first,
    /// and among equals its own order.
    /// </summary>
    private static readonly SafeTensorsType[] s_known =
    [
        new("I64", torch.ScalarType.Int64, 64),
        new("F64", torch.ScalarType.Float64, 64),
        new("F32", torch.ScalarType.Float32, 32),
        new("I32", torch.ScalarType.Int32, 32),
        new("BF16", torch.ScalarType.BFloat16, 16),
        new("F16", torch.ScalarType.Float16, 16),
        new("I16", torch.ScalarType.Int16, 16),
        new("I8", torch.ScalarType.Int8, 8),
        new("U8", torch.ScalarType.Byte, 8),
        new("BOOL", torch.ScalarType.Bool, 8),
    ];

    // The format's other types: a file may hold them beside what is asked for.
    private static readonly SafeTensorsType[] s_unreadable =
    [
        new("U64", null, 64), new("C64", null, 64), new("U32", null, 32), new("U16", null, 16),
        new("F8_E4M3", null, 8), new("F8_E5M2", null, 8), new("F8_E8M0", null, 8), new("F8_E4M3FNUZ", null, 8), new("F8_E5M2FNUZ", null, 8),
        new("F6_E2M3", null, 6), new("F6_E3M2", null, 6), new("F4", null, 4),
    ];

    /// <summary>Place in the layout order, from 0.</summary>
    public int Rank => Array.IndexOf(s_known, this);

    public static string KnownCodes => string.Join(", ", s_known.Select(t => t.Code));

    public static SafeTensorsType? Find(string code)
        => Array.Find(s_known, t => t.Code == code) ?? Array.Find(s_unreadable, t => t.Code == code);

    public static SafeTensorsType? Find(torch.ScalarType scalar) => Array.Find(s_known, t => t.Scalar == scalar);
}
