using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>
/// One of libtorch's operators, found by name at its first call. Trailing arguments that are not given take the operator's defaults.
/// </summary>
internal sealed unsafe class Op(string name, string overload = "")
{
    private const int MostArguments = 24;
    private IntPtr _handle;

    private IntPtr Handle => _handle != IntPtr.Zero ? _handle : _handle = NativeMethods.Check(NativeMethods.standin_find("aten::" + name, overload));

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal Tensor Call(params ReadOnlySpan<Arg> args)
    {
        Run(args, out var results);
        return new Tensor(results[0].Pointer);
    }

    /// <summary>Calls an operator that returns several tensors, or a list of them.</summary>
    internal Tensor[] CallMany(params ReadOnlySpan<Arg> args)
    {
        var count = Run(args, out var results);
        var handles = new ReadOnlySpan<NativeValue>(results, (int)count).ToArray();
        return Array.ConvertAll(handles, h => new Tensor(h.Pointer));
    }

    /// <summary>Calls an in-place operator and gives back the tensor that it changed.</summary>
    internal Tensor Change(Tensor self, params ReadOnlySpan<Arg> others)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(others.Length, MostArguments);
        var args = new Arguments();
        args[0] = self;
        others.CopyTo(args[1..]);
        if (Run(args[..(others.Length + 1)], out var results) > 0)
            NativeMethods.standin_free(results[0].Pointer);
        return self;
    }

    /// <summary>Calls an operator that returns a number.</summary>
    internal double CallNumber(params ReadOnlySpan<Arg> args)
    {
        Run(args, out var results);
        return results[0].Tag == NativeTag.Double ? results[0].Double : results[0].Int;
    }

    /// <summary>Calls an operator that returns a number whose type is the tensor's.</summary>
    internal Scalar CallScalar(params ReadOnlySpan<Arg> args)
    {
        Run(args, out var results);
        return results[0].Tag switch
        {
            NativeTag.Double => results[0].Double,
            NativeTag.Bool => results[0].Int != 0,
            _ => results[0].Int,
        };
    }

    // Everything that the native call reads by pointer must neither move nor die meanwhile: arrays are pinned, objects kept alive.
    private long Run(ReadOnlySpan<Arg> args, out NativeValue* results)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(args.Length, MostArguments);
        var values = stackalloc NativeValue[MostArguments];
        List<GCHandle>? pins = null;
        NativeValue* found = null;
        long count;
        try
        {
            for (var i = 0; i < args.Length; i++)
                values[i] = ToNative(args[i], ref pins);
            count = NativeMethods.standin_call(Handle, values, args.Length, &found);
        }
        finally
        {
            pins?.ForEach(p => p.Free());
        }
        foreach (ref readonly var arg in args)
            GC.KeepAlive(arg.Reference);
        results = found;
        return NativeMethods.Check(count);
    }

    private static NativeValue ToNative(in Arg arg, ref List<GCHandle>? pins)
    {
        var value = new NativeValue { Tag = arg.Tag, Int = arg.Integer };
        switch (arg.Tag)
        {
            case NativeTag.Double:
                value.Double = arg.Number;
                break;
            case NativeTag.Tensor:
                value.Pointer = Unsafe.As<Tensor>(arg.Reference!).Handle;
                break;
            case NativeTag.Device:
                value.Count = (long)((Device)arg.Reference!).type;
                break;
            case NativeTag.Generator:
                value.Pointer = ((Generator)arg.Reference!).Handle;
                break;
            case NativeTag.IntList or NativeTag.DoubleList:
                Pin(ref value, (Array)arg.Reference!, ref pins);
                break;
            case NativeTag.String:
                Pin(ref value, Encoding.UTF8.GetBytes((string)arg.Reference!), ref pins);
                break;
            case NativeTag.TensorList:
                Pin(ref value, Array.ConvertAll((Tensor[])arg.Reference!, t => t.Handle), ref pins);
                break;
            default:
                break;
        }
        return value;
    }

    private static void Pin(ref NativeValue value, Array array, ref List<GCHandle>? pins)
    {
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        (pins ??= []).Add(pin);
        value.Count = array.Length;
        value.Pointer = pin.AddrOfPinnedObject();
    }

    // Room for the arguments on the stack.
    [InlineArray(MostArguments)]
    private struct Arguments
    {
        private Arg _first;
    }
}
