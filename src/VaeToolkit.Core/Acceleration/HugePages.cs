using System.Runtime.InteropServices;

namespace VaeToolkit;

/// <summary>
/// Asks Linux to back the heap by huge pages of two megabytes. The first touch of a page costs the system a fault, in some virtual machines
/// 20 μs each, and libtorch's records of its operators alone touch 14,000 small ones while it is loaded.
/// </summary>
internal static unsafe class HugePages
{
    // Together what libtorch takes (60 MB) and the images of a set such as MNIST (55 MB); each below the 32 MB from which malloc may go
    // round the heap.
    private const int Blocks = 4;
    private const nuint BlockBytes = 31 << 20;

    // MADV_HUGEPAGE of sys/mman.h.
    private const int Advice = 14;

    /// <summary>
    /// Has the heap grown and asks for its new part, which is then free for whatever comes; no memory is taken until it is touched. A
    /// system that has no huge pages, or none left, takes small ones.
    /// </summary>
    public static void AskForHeap()
    {
        var blocks = stackalloc void*[Blocks];
        var taken = 0;
        try
        {
            if (!IsMallocGlibcs())
                return;
            for (; taken < Blocks; taken++)
            {
                blocks[taken] = NativeMemory.Alloc(BlockBytes);
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or EntryPointNotFoundException)
        {
            // A limit on address space, or another C library.
        }
        finally
        {
            for (var i = 0; i < taken; i++)
                AskFor((nuint)blocks[i]);
            while (taken > 0)
                NativeMemory.Free(blocks[--taken]);
        }
    }

    // Another allocator, by LD_PRELOAD, keeps its memory in ways of its own.
    private static bool IsMallocGlibcs() => NativeLibrary.TryLoad("libc.so.6", out var library)
        && NativeLibrary.TryGetExport(library, "malloc", out var glibcs)
        && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "malloc", out var own) && own == glibcs;

    // The pages in which the block begins and ends are the heap's too.
    private static void AskFor(nuint block)
    {
        var page = (nuint)Environment.SystemPageSize;
        var start = block / page * page;
        _ = madvise(start, block + BlockBytes - start, Advice);
    }

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int madvise(nuint start, nuint length, int advice);
}
