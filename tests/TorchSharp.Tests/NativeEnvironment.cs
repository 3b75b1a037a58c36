using System.Runtime.InteropServices;

namespace TorchSharp.Tests;

/// <summary>The environment as C code sees it; .NET keeps a copy of its own.</summary>
internal static class NativeEnvironment
{
    public static string? Get(string name) => Marshal.PtrToStringUTF8(getenv(name));

    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern IntPtr getenv(string name);
}
