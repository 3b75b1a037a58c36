namespace VaeToolkit.Tests;

/// <summary>A test that runs PyTorch itself: skipped, with the reason, where Debian's package for it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PyTorchFactAttribute : FactAttribute
{
    /// <summary>Debian's interpreter, which sees Debian's packages.</summary>
    public const string Python = "/usr/bin/python3";

    /// <summary>Needs PyTorch.</summary>
    public PyTorchFactAttribute()
    {
        if (!File.Exists(Python) || !Directory.Exists("/usr/lib/python3/dist-packages/torch"))
            Skip = "Debian's python3-torch is not installed.";
    }
}
