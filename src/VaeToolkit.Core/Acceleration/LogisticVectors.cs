using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VaeToolkit;

/// <summary>The exponential behind the logistic, for vectors of float32 and on the range that it needs, to float precision.</summary>
/// <remarks>
/// .NET's own <c>Vector.Exp</c> takes any argument and computes in float64, which costs several times as much. The coefficients are a
/// Chebyshev fit, whose largest relative error, 8e-9, is below a float's rounding.
/// </remarks>
internal static class LogisticVectors
{
    // e^−87 is the last power above the smallest normal float.
    private const float Most = 87;

    // Adding it rounds a small float to a whole number, which then stands in the lowest bits.
    private const float Rounder = 12582912;

    private const float LogTwoHigh = 0.693145751953125f;
    private const float LogTwoLow = 1.42860677e-6f;

    /// <summary>e^−a for a ≥ 0; from 87 on as if a were 87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> ExpOfMinus(Vector<float> a)
    {
        // e^x = 2ⁿ e^r with n whole and |r| ≤ ½ log 2.
        var x = -Vector.Min(a, new Vector<float>(Most));
        var shifted = Vector.FusedMultiplyAdd(x, new Vector<float>(1.44269504f), new Vector<float>(Rounder));
        var n = new Vector<float>(Rounder) - shifted;
        var r = Vector.FusedMultiplyAdd(n, new Vector<float>(LogTwoLow), Vector.FusedMultiplyAdd(n, new Vector<float>(LogTwoHigh), x));
        var rest = Vector.FusedMultiplyAdd(new Vector<float>(0.00139337332f), r, new Vector<float>(0.00836323538f));
        rest = Vector.FusedMultiplyAdd(rest, r, new Vector<float>(0.0416664642f));
        rest = Vector.FusedMultiplyAdd(rest, r, new Vector<float>(0.166665766f));
        rest = Vector.FusedMultiplyAdd(rest, r, new Vector<float>(0.5f));
        var power = Vector.AsVectorSingle(Vector.ShiftLeft(Vector.AsVectorInt32(shifted) + new Vector<int>(127), 23));
        return Vector.FusedMultiplyAdd(rest * r, r, r + Vector<float>.One) * power;
    }

    /// <summary>The same for sixteen numbers, where a processor has such vectors; .NET's portable ones are half as long there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ExpOfMinus(Vector512<float> a)
    {
        var x = -Vector512.MinNative(a, Vector512.Create(Most));
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), Vector512.Create(Rounder));
        var n = Vector512.Create(Rounder) - shifted;
        var r = Vector512.FusedMultiplyAdd(
            n, Vector512.Create(LogTwoLow), Vector512.FusedMultiplyAdd(n, Vector512.Create(LogTwoHigh), x));
        var rest = Vector512.FusedMultiplyAdd(Vector512.Create(0.00139337332f), r, Vector512.Create(0.00836323538f));
        rest = Vector512.FusedMultiplyAdd(rest, r, Vector512.Create(0.0416664642f));
        rest = Vector512.FusedMultiplyAdd(rest, r, Vector512.Create(0.166665766f));
        rest = Vector512.FusedMultiplyAdd(rest, r, Vector512.Create(0.5f));
        var power = ((shifted.AsInt32() + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.FusedMultiplyAdd(rest * r, r, r + Vector512<float>.One) * power;
    }
}
