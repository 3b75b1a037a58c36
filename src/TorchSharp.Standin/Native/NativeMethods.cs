using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>The functions of native/standin.cpp, and how the library that holds them is found and loaded.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "torch_standin";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Load);

    [LibraryImport(Library)] internal static partial byte* standin_last_error();
    [LibraryImport(Library)] internal static partial byte* standin_version();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial IntPtr standin_find(string name, string overload);
    [LibraryImport(Library)] internal static partial long standin_call(IntPtr op, NativeValue* args, long count, NativeValue** results);
    [LibraryImport(Library)] internal static partial void standin_free(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_dim(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_numel(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_element_size(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_dtype(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_device_type(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_device_index(IntPtr tensor);
    [LibraryImport(Library)] internal static partial void* standin_data(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_sizes(IntPtr tensor, long* sizes);
    [LibraryImport(Library)] internal static partial long standin_strides(IntPtr tensor, long* strides);
    [LibraryImport(Library)] internal static partial long standin_is_contiguous(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_requires_grad(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_is_leaf(IntPtr tensor);
    [LibraryImport(Library)] internal static partial long standin_set_requires_grad(IntPtr tensor, long on);
    [LibraryImport(Library)] internal static partial IntPtr standin_grad(IntPtr tensor, long* status);
    [LibraryImport(Library)] internal static partial long standin_set_grad(IntPtr tensor, IntPtr grad);
    [LibraryImport(Library)] internal static partial long standin_backward(IntPtr tensor, IntPtr grad, long retainGraph, long createGraph);
    [LibraryImport(Library)] internal static partial long standin_grad_enabled();
    [LibraryImport(Library)] internal static partial void standin_set_grad_enabled(long on);
    [LibraryImport(Library)] internal static partial IntPtr standin_inference_begin(long on);
    [LibraryImport(Library)] internal static partial void standin_inference_end(IntPtr guard);
    [LibraryImport(Library)] internal static partial long standin_inference_enabled();
    [LibraryImport(Library)] internal static partial long standin_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial IntPtr standin_default_generator();
    [LibraryImport(Library)] internal static partial IntPtr standin_new_generator(ulong seed);
    [LibraryImport(Library)] internal static partial void standin_free_generator(IntPtr generator);
    [LibraryImport(Library)] internal static partial long standin_generator_seed(IntPtr generator, ulong seed);
    [LibraryImport(Library)] internal static partial ulong standin_generator_initial_seed(IntPtr generator);
    [LibraryImport(Library)] internal static partial IntPtr standin_generator_state(IntPtr generator);
    [LibraryImport(Library)] internal static partial long standin_set_generator_state(IntPtr generator, IntPtr state);
    [LibraryImport(Library)] internal static partial long standin_threads();
    [LibraryImport(Library)] internal static partial long standin_set_threads(long count);
    [LibraryImport(Library)] internal static partial long standin_cuda_available();
    [LibraryImport(Library)] internal static partial long standin_cuda_devices();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int setenv(string name, string value, int overwrite);

    /// <summary>Throws what TorchSharp throws for a native error.</summary>
    internal static long Check(long result) => result >= 0 ? result : throw Failure();

    /// <summary>Throws what TorchSharp throws for a native error.</summary>
    internal static IntPtr Check(IntPtr result) => result != IntPtr.Zero ? result : throw Failure();

    internal static ExternalException Failure() => new(Marshal.PtrToStringUTF8((IntPtr)standin_last_error()));

    private static IntPtr Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return IntPtr.Zero;
        KeepWorkersFromSpinning();
        try
        {
            return NativeLibrary.Load("libtorch_standin.so", assembly, DllImportSearchPath.AssemblyDirectory);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                "libtorch_standin.so or the libtorch that it needs could not be loaded: run 'sudo apt-get install libtorch-dev', " +
                $"or add the folder of libtorch's libraries to LD_LIBRARY_PATH, and build again. ({e.Message})", e);
        }
    }

    // libgomp's idle workers spin, which makes small steps several times slower when threads share cores. It reads its settings from
    // the C environment when it is loaded, which .NET's own SetEnvironmentVariable does not reach.
    private static void KeepWorkersFromSpinning()
    {
        if (Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is null && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = setenv("GOMP_SPINCOUNT", "0", 0);
    }
}
