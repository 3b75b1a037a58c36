namespace VaeToolkit.Tests.Runtime;

/// <summary>A test of what happens on Linux only.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "What is tested happens on Linux only.";
    }
}
