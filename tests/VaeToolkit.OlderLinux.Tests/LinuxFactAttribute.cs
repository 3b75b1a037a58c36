namespace VaeToolkit.OlderLinux.Tests;

/// <summary>A test of the step itself, with its paths and links, which runs on Linux only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "The step runs on Linux only.";
    }
}
