namespace VaeToolkit.Tests.Runtime;

/// <summary>A test of what happens where libstdc++ is older than GCC 13's only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OlderLinuxFactAttribute : FactAttribute
{
    public OlderLinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || OlderStandardLibrary.HasNewVersion())
            Skip = "TorchSharp's library loads here as it is: libstdc++ is GCC 13's or later, or the system is not Linux.";
    }
}
