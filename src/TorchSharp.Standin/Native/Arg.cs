using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>An operator's argument. Everything that an operator takes converts to it; null is the operator's "none".</summary>
internal readonly struct Arg
{
    private Arg(NativeTag tag, object? reference, long integer = 0, double number = 0)
        => (Tag, Reference, Integer, Number) = (tag, reference, integer, number);

    internal NativeTag Tag { get; }

    /// <summary>The object behind the argument: a tensor, an array, a string or a generator; it is kept alive during the call.</summary>
    internal object? Reference { get; }

    internal long Integer { get; }

    internal double Number { get; }

    internal static Arg None => default;

    public static implicit operator Arg(Tensor? value) => value is null ? default : new(NativeTag.Tensor, value);

    public static implicit operator Arg(Generator? value) => value is null ? default : new(NativeTag.Generator, value);

    public static implicit operator Arg(long value) => new(NativeTag.Int, null, value);

    public static implicit operator Arg(long? value) => value is { } given ? given : default(Arg);

    public static implicit operator Arg(double value) => new(NativeTag.Double, null, 0, value);

    public static implicit operator Arg(double? value) => value is { } given ? given : default(Arg);

    public static implicit operator Arg(bool value) => new(NativeTag.Bool, null, value ? 1 : 0);

    public static implicit operator Arg(ScalarType value) => (long)value;

    public static implicit operator Arg(ScalarType? value) => value is { } given ? given : default(Arg);

    public static implicit operator Arg(Device? value) => value is null ? default : new(NativeTag.Device, value, value.index);

    public static implicit operator Arg(Scalar? value) => value is null ? default : value.AsArg();

    public static implicit operator Arg(string value) => new(NativeTag.String, value);

    public static implicit operator Arg(long[]? value) => value is null ? default : new(NativeTag.IntList, value);

    public static implicit operator Arg(double[]? value) => value is null ? default : new(NativeTag.DoubleList, value);

    public static implicit operator Arg(Tensor[] value) => new(NativeTag.TensorList, value);
}
