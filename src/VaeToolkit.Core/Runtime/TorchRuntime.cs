using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>Gets torch ready. Call it first in a program, before anything else of TorchSharp or of this library is used.</summary>
/// <remarks>
/// libtorch's worker threads come from libgomp, which lets them spin between jobs. On a shared machine that makes small training steps up
/// to three times slower with more than one thread. <c>GOMP_SPINCOUNT=0</c> turns it off, but libgomp reads it once, while it is loaded,
/// from the C environment, which .NET's <see cref="Environment.SetEnvironmentVariable(string, string)"/> does not reach. OpenBLAS, where
/// libtorch uses it, has workers of its own that spin likewise; <c>OPENBLAS_THREAD_TIMEOUT=4</c> is the shortest that it knows.
/// <para>
/// glibc gives the memory of freed tensors back to the system at once, and the system clears it anew for the next step: up to half of
/// the time of small steps. It is told to keep up to 256 MB of it, and tensors of up to 32 MB together, until an epoch of over a second
/// or the training ends. Linux is asked to back the first 124 MB by huge pages, which are fewer to fetch: half of the time of loading
/// libtorch where a page is dear. Neither is done where the user has set <c>MALLOC_TRIM_THRESHOLD_</c>, <c>MALLOC_MMAP_THRESHOLD_</c>,
/// <c>MALLOC_TOP_PAD_</c> or <c>GLIBC_TUNABLES</c>; with <c>VAETOOLKIT_SMALL_PAGES</c> set, huge pages alone are not asked for.
/// </para>
/// </remarks>
public static class TorchRuntime
{
    private const string MostThreads = "VAETOOLKIT_MOST_THREADS";

    /// <summary>
    /// On Linux, turns libgomp's spin-waiting off unless the user has set <c>GOMP_SPINCOUNT</c> or <c>OMP_WAIT_POLICY</c>, and OpenBLAS's
    /// unless <c>OPENBLAS_THREAD_TIMEOUT</c> is set, and lets glibc keep the memory of freed tensors, on huge pages where the system has
    /// them; then loads the native library.
    /// Calling it again does no harm, but the first call decides.
    /// </summary>
    /// <param name="threads">Threads that an operator may use, at least 1; null leaves torch's choice. The environment's
    /// <c>VAETOOLKIT_MOST_THREADS</c>, which a study sets for its workers, is the most that it gets.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    /// <exception cref="DllNotFoundException">The native library is not there or does not load;
    /// the message says which package to add or, on a Linux whose libstdc++ is too old, which property to set.</exception>
    public static void Prepare(int? threads = null)
    {
        if (threads < 1)
            throw new ArgumentOutOfRangeException(nameof(threads), threads, "There must be at least 1 thread.");
        if (OperatingSystem.IsLinux())
        {
            FastPaths.PrepareProcess();
            OlderStandardLibrary.Check();
        }
        Load(AtMost(Environment.GetEnvironmentVariable(MostThreads), threads));
    }

    // What is no count is nobody's limit: the variable may be left over from anything.
    internal static int? AtMost(string? limit, int? threads)
        => threads is { } wanted && int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most >= 1
        ? Math.Min(wanted, most)
        : threads;

    /// <summary>
    /// Whether float32 products and convolutions on NVIDIA GPUs from Ampere on may round their factors to TF32, which has float32's range
    /// and 11 of its 24 bits; sums stay float32. It is of the whole process, and off by default, as in PyTorch for products.
    /// </summary>
    public static bool AllowTensorFloat32
    {
        get => torch.backends.cuda.matmul.allow_tf32 && torch.backends.cudnn.allow_tf32;
        set => torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = value;
    }

    // Kept out of Prepare: the types of TorchSharp that it names may load the native library as soon as it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Load(int? threads)
    {
        try
        {
            // Asked in any case, since that loads the library; and set even to what it is, since the matrix products' own count may differ.
            _ = torch.get_num_threads();
            if (threads is { } wanted)
                torch.set_num_threads(wanted);
            HiddenCaches.LeaveOutNnpack();
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or NotSupportedException
            or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(
                "The native library of TorchSharp did not load. Add its package to the program's project, "
                + $"'dotnet add package {NativePackage()}' or, with an NVIDIA GPU, 'dotnet add package TorchSharp-cuda-linux' "
                + $"(or -windows) in the version of TorchSharp itself. The loader said: {(e.InnerException ?? e).Message}", e);
        }
    }

    // The CPU's library for this system alone: TorchSharp-cpu brings those of all systems. Its version is libtorch's, not TorchSharp's.
    private static string NativePackage()
    {
        var system = OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64";
        var facts = typeof(TorchRuntime).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>();
        return $"libtorch-cpu-{system} --version {facts.Single(fact => fact.Key == "LibTorchVersion").Value}";
    }
}
