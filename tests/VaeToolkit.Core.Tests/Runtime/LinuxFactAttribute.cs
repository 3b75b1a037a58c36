namespace VaeToolkit.Tests.Runtime;

/// <summary>A test of what happens on Linux only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "The package's name is Linux's.";
    }
}
