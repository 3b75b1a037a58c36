using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// Finds out, before TorchSharp tries, whether its native library fails to load because this system's libstdc++ is older than GCC 13's.
/// TorchSharp itself would then copy hundreds of megabytes beside the program, try again, and not tell what the loader said.
/// </summary>
internal static class OlderStandardLibrary
{
    // What libstdc++ has from GCC 13 on, and the version that a library asks for because of it.
    private const string NewSymbol = "_ZSt21ios_base_library_initv";
    private const string NewVersion = "GLIBCXX_3.4.32";

    /// <summary>Throws where that is so; does nothing else where libstdc++ is new enough.</summary>
    /// <exception cref="DllNotFoundException">The loader misses a version of libstdc++; the message says what to do.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Check()
    {
        if (HasNewVersion())
            return;
        try
        {
            // It stays loaded, and TorchSharp finds it so.
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, searchPath: null);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(NewVersion, StringComparison.Ordinal))
        {
            throw new DllNotFoundException(
                $"TorchSharp's native library does not load, since this system's libstdc++ is older than GCC 13's and lacks {NewVersion}: "
                + "Debian 13, Ubuntu 24.04 and later need nothing, and elsewhere the program's project has to say "
                + "<AdaptTorchSharpToOlderLinux>true</AdaptTorchSharpToOlderLinux>, so that its build adapts a copy of the library.", e);
        }
        catch (DllNotFoundException)
        {
            // Something else is missing: TorchSharp searches in more places.
        }
    }

    /// <summary>Whether libstdc++ is GCC 13's or later, or is not there at all.</summary>
    public static bool HasNewVersion()
    {
        var assembly = typeof(OlderStandardLibrary).Assembly;
        return !NativeLibrary.TryLoad("libstdc++.so.6", assembly, DllImportSearchPath.SafeDirectories, out var library)
            || NativeLibrary.TryGetExport(library, NewSymbol, out _);
    }
}
