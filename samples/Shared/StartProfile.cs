using System.Reflection;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace VaeToolkit.Samples;

/// <summary>
/// Has .NET note, beside the program, what it compiles, and compile that on a second thread at later starts, while the first one loads
/// libtorch and reads data.
/// </summary>
internal static class StartProfile
{
    private static FileStream? s_alone;

    [ModuleInitializer]
    internal static void Begin()
    {
        var name = $"{Assembly.GetExecutingAssembly().GetName().Name}.start";
        try
        {
            // Held until the program ends: two at once, such as ranks, would write the same file.
            s_alone = new(Path.Combine(AppContext.BaseDirectory, $"{name}.lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }
        ProfileOptimization.SetProfileRoot(AppContext.BaseDirectory);
        ProfileOptimization.StartProfile(name);
    }
}
