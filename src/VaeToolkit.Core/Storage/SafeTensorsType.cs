using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>An element type of the format: its code in the header, TorchSharp's type, and its size in bytes.</summary>
internal sealed record SafeTensorsType(string Code, torch.ScalarType Scalar, int Size)
{
    /// <summary>
    /// The types in the order in which the format's own library lays tensors out: widest alignment first, and among equals its own order.
    /// </summary>
    private static readonly SafeTensorsType[] s_known =
    [
        new("I64", torch.ScalarType.Int64, 8),
        new("F64", torch.ScalarType.Float64, 8),
        new("F32", torch.ScalarType.Float32, 4),
        new("I32", torch.ScalarType.Int32, 4),
        new("BF16", torch.ScalarType.BFloat16, 2),
        new("F16", torch.ScalarType.Float16, 2),
        new("I16", torch.ScalarType.Int16, 2),
        new("I8", torch.ScalarType.Int8, 1),
        new("U8", torch.ScalarType.Byte, 1),
        new("BOOL", torch.ScalarType.Bool, 1),
    ];

    /// <summary>Place in the layout order, from 0.</summary>
    public int Rank => Array.IndexOf(s_known, this);

    public static string KnownCodes => string.Join(", ", s_known.Select(t => t.Code));

    public static SafeTensorsType? Find(string code) => Array.Find(s_known, t => t.Code == code);

    public static SafeTensorsType? Find(torch.ScalarType scalar) => Array.Find(s_known, t => t.Scalar == scalar);
}
