using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>What a <see cref="NativeValue"/> holds; the order is that of native/standin.cpp.</summary>
internal enum NativeTag : long
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    IntList,
    DoubleList,
    TensorList,
    String,
    Device,
    Generator,
}

/// <summary>One tagged argument or result as native/standin.cpp lays it out.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct NativeValue
{
    [FieldOffset(0)] internal NativeTag Tag;
    [FieldOffset(8)] internal long Count;
    [FieldOffset(16)] internal long Int;
    [FieldOffset(16)] internal double Double;
    [FieldOffset(16)] internal IntPtr Pointer;
}
