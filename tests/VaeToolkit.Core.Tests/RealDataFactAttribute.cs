namespace VaeToolkit.Tests;

/// <summary>
/// A test that needs real data: skipped, with the reason, where <c>VAETOOLKIT_DATA</c> names no folder that has it.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealDataFactAttribute : FactAttribute
{
    /// <summary>Needs a file or folder.</summary>
    /// <param name="needed">Its path under the folder that <c>VAETOOLKIT_DATA</c> names.</param>
    public RealDataFactAttribute(string needed = "mnist")
    {
        var root = Environment.GetEnvironmentVariable("VAETOOLKIT_DATA");
        if (string.IsNullOrEmpty(root))
            Skip = "VAETOOLKIT_DATA is not set; it names the folder with the real data.";
        else if (!Path.Exists(Path.Combine(root, needed)))
            Skip = $"VAETOOLKIT_DATA is '{root}', which has no '{needed}'.";
    }
}
