using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number that operators take in place of a tensor; it does not take part in type promotion as a tensor would.</summary>
public sealed class Scalar : IDisposable
{
    private readonly double _number;
    private readonly long _integer;

    private Scalar(ScalarType type, double number, long integer) => (Type, _number, _integer) = (type, number, integer);

    public ScalarType Type { get; }

    internal double AsDouble => IsFloating ? _number : _integer;

    internal long AsInt64 => IsFloating ? (long)_number : _integer;

    private bool IsFloating => Type is ScalarType.Float32 or ScalarType.Float64;

    public static implicit operator Scalar(byte value) => new(ScalarType.Byte, 0, value);

    public static implicit operator Scalar(int value) => new(ScalarType.Int32, 0, value);

    public static implicit operator Scalar(long value) => new(ScalarType.Int64, 0, value);

    public static implicit operator Scalar(float value) => new(ScalarType.Float32, value, 0);

    public static implicit operator Scalar(double value) => new(ScalarType.Float64, value, 0);

    public static implicit operator Scalar(bool value) => new(ScalarType.Bool, 0, value ? 1 : 0);

    /// <summary>There is nothing to release; the member is TorchSharp's.</summary>
    public void Dispose()
    {
    }

    internal Arg AsArg() => IsFloating ? _number : Type == ScalarType.Bool ? _integer != 0 : (Arg)_integer;
}
