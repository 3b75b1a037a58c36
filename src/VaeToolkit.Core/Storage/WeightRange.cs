using TorchSharp;

namespace VaeToolkit.Storage;

/// <summary>Whether numbers are still numbers in a floating-point type of a smaller range.</summary>
internal static class WeightRange
{
    private const double Half = 65504;
    private const double Brain = 3.3895313892515355e38;

    /// <summary>The first finite number that would become infinite in another type; null where none would.</summary>
    public static double? FirstBeyond(torch.Tensor weight, torch.ScalarType type)
    {
        if (!weight.is_floating_point() || Largest(type) is not { } largest || !(Largest(weight.dtype) > largest))
            return null;
        using var scope = torch.NewDisposeScope();
        var given = weight.detach();
        var lost = given.to(type).isinf().logical_and(given.isfinite());
        return lost.any().ToBoolean() ? given.masked_select(lost)[0].ToDouble() : null;
    }

    /// <summary>The same in words, as the end of a sentence that begins with the weight's name.</summary>
    public static string? Explain(torch.Tensor weight, torch.ScalarType type) => FirstBeyond(weight, type) is { } value
        ? FormattableString.Invariant($"has the value {value:G9}, and {EngineError.Name(type)} ends at {Largest(type):G9}") : null;

    /// <summary>The largest number of a floating-point type; null for another type.</summary>
    public static double? Largest(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float16 => Half,
        torch.ScalarType.BFloat16 => Brain,
        torch.ScalarType.Float32 => float.MaxValue,
        torch.ScalarType.Float64 => double.MaxValue,
        _ => null,
    };
}
