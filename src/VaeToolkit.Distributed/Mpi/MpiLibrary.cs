using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;

namespace VaeToolkit.Distributed;

/// <summary>Open MPI's functions and handles. Handles are the addresses of objects that its library exports.</summary>
internal sealed unsafe class MpiLibrary
{
    private const int Success = 0;
    private const int LongestText = 8192;

    // MPI_THREAD_SERIALIZED: any thread may call, one at a time.
    private const int OneThreadAtATime = 2;

    // The values of MPI_IN_PLACE and of MPI_COMM_WORLD's kin in Open MPI's mpi.h.
    private static readonly void* s_inPlace = (void*)1;

    private readonly nint _library;
    private readonly nint _world;
    private readonly nint _sum;
    private readonly nint _single;
    private readonly nint _double;
    private readonly nint _byte;

    private MpiLibrary(nint library, string path)
    {
        _library = library;
        MpiVersion.Require(Version(path), path);
        (_world, _sum) = (Address("ompi_mpi_comm_world"), Address("ompi_mpi_op_sum"));
        (_single, _double, _byte) = (Address("ompi_mpi_float"), Address("ompi_mpi_double"), Address("ompi_mpi_byte"));
    }

    private static string[] Names => OperatingSystem.IsMacOS() ? ["libmpi.40.dylib", "libmpi.dylib"] : ["libmpi.so.40"];

    private static string[] OthersNames => OperatingSystem.IsMacOS() ? ["libmpi.12.dylib"] : ["libmpi.so.12", "libmpich.so.12"];

    /// <summary>Loads the library.</summary>
    /// <exception cref="DllNotFoundException">It is not installed.</exception>
    /// <exception cref="NotSupportedException">It is another MPI, or of another version.</exception>
    internal static MpiLibrary Load() => Load(Names, OthersNames);

    internal static MpiLibrary Load(IReadOnlyList<string> names, IReadOnlyList<string> others)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Open MPI does not run on Windows; train on Linux or macOS, or on one rank");
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
                return new(library, name);
        }
        foreach (var name in others)
        {
            if (NativeLibrary.TryLoad(name, out var other))
                _ = new MpiLibrary(other, name);
        }
        throw new DllNotFoundException($"{names[0]} is not there, and the ranks that a launcher has started cannot find each other without "
            + $"it. {MpiVersion.Install}");
    }

    /// <summary>Joins the other ranks; says which rank this is, of how many.</summary>
    internal (int Rank, int Size) Begin()
    {
        int provided, rank, size;
        Check(
            ((delegate* unmanaged<int*, byte***, int, int*, int>)Address("MPI_Init_thread"))(null, null, OneThreadAtATime, &provided),
            "MPI_Init_thread");
        if (provided < OneThreadAtATime)
            throw new NotSupportedException("this Open MPI was built without MPI_THREAD_SERIALIZED, which .NET's threads need");
        Check(((delegate* unmanaged<nint, int*, int>)Address("MPI_Comm_rank"))(_world, &rank), "MPI_Comm_rank");
        Check(((delegate* unmanaged<nint, int*, int>)Address("MPI_Comm_size"))(_world, &size), "MPI_Comm_size");
        return (rank, size);
    }

    /// <summary>Whether it takes addresses of CUDA memory; known once this rank has joined the others.</summary>
    internal bool IsCudaAware() => IsCudaAware(name => NativeLibrary.TryGetExport(_library, name, out var address) ? address : 0);

    /// <summary>
    /// The same, of a library that exports what is given. Up to version 4 the function says what was built; that may be turned off, as
    /// conda-forge's is until <c>opal_cuda_support</c> is set.
    /// </summary>
    /// <param name="export">The address of a name; 0 where there is none.</param>
    internal static bool IsCudaAware(Func<string, nint> export)
    {
        var query = (delegate* unmanaged<int>)export("MPIX_Query_cuda_support");
        var isOn = (byte*)export("opal_cuda_support");
        return query != null && query() == 1 && (isOn == null || *isOn != 0);
    }

    internal void End() => Check(((delegate* unmanaged<int>)Address("MPI_Finalize"))(), "MPI_Finalize");

    internal void Sum(Span<float> values)
    {
        fixed (float* start = values)
            Sum(start, values.Length, _single);
    }

    internal void Sum(Span<double> values)
    {
        fixed (double* start = values)
            Sum(start, values.Length, _double);
    }

    /// <summary>The same in the memory of a contiguous tensor, on whatever device this MPI reaches.</summary>
    internal void Sum(torch.Tensor values)
    {
        using var scope = torch.NewDisposeScope();
        var (storage, type) = values.dtype switch
        {
            torch.ScalarType.Float32 => (values.storage<float>().data_ptr(), _single),
            torch.ScalarType.Float64 => (values.storage<double>().data_ptr(), _double),
            var other => throw new ArgumentException($"values are {other}; float32 and float64 can be added up", nameof(values)),
        };
        if (!values.is_contiguous())
            throw new ArgumentException($"values of shape {string.Join('x', values.shape)} are not contiguous", nameof(values));
        if (values.numel() is > int.MaxValue and var count)
            throw new ArgumentException($"values has {count} numbers; MPI adds up no more than {int.MaxValue} at once", nameof(values));
        Sum((void*)(storage + (nint)(values.storage_offset() * values.element_size())), (int)values.numel(), type);
    }

    internal void Broadcast(Span<byte> values, int root)
    {
        fixed (byte* start = values)
        {
            Check(((delegate* unmanaged<void*, int, nint, int, nint, int>)Address("MPI_Bcast"))(start, values.Length, _byte, root, _world),
                "MPI_Bcast");
        }
    }

    internal void Barrier() => Check(((delegate* unmanaged<nint, int>)Address("MPI_Barrier"))(_world), "MPI_Barrier");

    internal void Abort() => _ = ((delegate* unmanaged<nint, int, int>)Address("MPI_Abort"))(_world, 1);

    private void Sum(void* values, int count, nint type)
        => Check(((delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Address("MPI_Allreduce"))(
            s_inPlace, values, count, type, _sum, _world), "MPI_Allreduce");

    private string Version(string path)
    {
        if (!NativeLibrary.TryGetExport(_library, "MPI_Get_library_version", out var function))
            throw new NotSupportedException($"{path} has no MPI_Get_library_version, so it is no MPI of version 3. {MpiVersion.Install}");
        var text = stackalloc byte[LongestText];
        int length;
        Check(((delegate* unmanaged<byte*, int*, int>)function)(text, &length), "MPI_Get_library_version");
        return Encoding.UTF8.GetString(text, length);
    }

    private nint Address(string name) => NativeLibrary.TryGetExport(_library, name, out var address) ? address
        : throw new NotSupportedException($"this Open MPI has no {name}; it is of a binary interface that this library does not know. "
            + MpiVersion.Install);

    private static void Check(int result, string function)
    {
        if (result != Success)
            throw new InvalidOperationException(FormattableString.Invariant($"{function} failed with Open MPI's error {result}"));
    }
}
