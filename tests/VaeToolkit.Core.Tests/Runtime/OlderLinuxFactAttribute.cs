using System.Runtime.InteropServices;

namespace VaeToolkit.Tests.Runtime;

/// <summary>A test of what happens where libstdc++ is older than GCC 13's only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OlderLinuxFactAttribute : FactAttribute
{
    public OlderLinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "libstdc++ is Linux's.";
        else if (!NativeLibrary.TryLoad("libstdc++.so.6", out var library)
            || NativeLibrary.TryGetExport(library, "_ZSt21ios_base_library_initv", out _))
            Skip = "TorchSharp's library loads here as it is: libstdc++ is GCC 13's or later.";
    }
}
