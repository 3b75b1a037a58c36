using TorchSharp.Native;
using TorchSharp.Utils;

namespace TorchSharp;

/// <summary>The stand-in's <c>torch</c>: the part of TorchSharp's that this project uses, over an installed libtorch.</summary>
public static partial class torch
{
    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType @bool = ScalarType.Bool;

    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }

    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    public static unsafe string __version__ => System.Runtime.InteropServices.Marshal.PtrToStringUTF8((IntPtr)NativeMethods.standin_version())!;

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThisThread.CurrentScope;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewScope();

    public static int get_num_threads() => (int)NativeMethods.standin_threads();

    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.standin_set_threads(num));

    public static bool is_grad_enabled() => NativeMethods.standin_grad_enabled() != 0;

    public static bool is_inference_mode_enabled() => NativeMethods.standin_inference_enabled() != 0;

    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => arange(0L, stop, 1L, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => arange(start, stop, 1L, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => Make(Ops.ArangeStartStep, dtype, device, requires_grad, start, stop, step);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => Make(Ops.Linspace, dtype, device, requires_grad, start, end, steps);

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
        => Make(Ops.EyeM, dtype, device, requires_grad, rows, columns == -1 ? rows : columns);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
        => Make(Ops.ZerosLike, dtype, device, requires_grad, input);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
        => Make(Ops.OnesLike, dtype, device, requires_grad, input);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
        => Make(Ops.EmptyLike, dtype, device, requires_grad, input);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
        => Make(Ops.FullLike, dtype, device, requires_grad, input, value);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
        => tensors.Count > 0 ? Ops.Cat.Call(tensors.ToArray(), dim) : throw new ArgumentException(nameof(tensors));

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Ops.Stack.Call(tensors.ToArray(), dim);

    public static Tensor einsum(string equation, params Tensor[] tensors) => Ops.Einsum.Call(equation, tensors);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Ops.WhereSelf.Call(condition, x, y);

    public static Tensor logaddexp(Tensor left, Tensor right) => Ops.Logaddexp.Call(left, right);

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    // Factories take (arguments, dtype, layout, device, pin_memory), in that order, after what is their own.
    private static Tensor Make(Op op, ScalarType? dtype, Device? device, bool requiresGrad, params ReadOnlySpan<Arg> own)
    {
        if (device is { type: DeviceType.CUDA })
            RequireCuda();
        Span<Arg> args = new Arg[own.Length + 4];
        own.CopyTo(args);
        args[own.Length] = dtype;
        args[own.Length + 2] = device;
        var tensor = op.Call(args);
        return requiresGrad ? tensor.requires_grad_() : tensor;
    }

    private static ScalarType DefaultFor(Scalar value) => value.Type switch
    {
        ScalarType.Float32 or ScalarType.Float64 => ScalarType.Float32,
        ScalarType.Bool => ScalarType.Bool,
        _ => ScalarType.Int64,
    };
}
