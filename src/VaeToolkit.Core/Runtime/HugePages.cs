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
            for (; taken < Blocks; taken++)
            {
                blocks[taken] = NativeMemory.Alloc(BlockBytes);
                AskFor((nuint)blocks[taken]);
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or EntryPointNotFoundException)
        {
            // A limit on address space, or another C library.
        }
        finally
        {
            while (taken > 0)
                NativeMemory.Free(blocks[--taken]);
        }
    }

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
