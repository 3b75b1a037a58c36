namespace VaeToolkit.Distributed.Tests;

/// <summary>A test that starts ranks with <c>mpirun</c>; skipped, with the reason, where there is none.</summary>
internal sealed class OpenMpiFactAttribute : FactAttribute
{
    public OpenMpiFactAttribute()
    {
        if (!IsInstalled)
            Skip = "Open MPI is not installed: apt-get install openmpi-bin";
    }

    private static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "mpirun")));
}
