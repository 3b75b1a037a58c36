namespace VaeToolkit.Distributed;

/// <summary>What a launcher of MPI programs says to the processes that it starts, through their environment.</summary>
internal static class MpiLauncher
{
    private const string Size = "PMI_SIZE";

    // Of Open MPI's mpirun, of PMIx (Slurm, PRRTE) and of the older PMI (MPICH, Slurm).
    private static readonly string[] s_signs = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", Size];

    internal static bool IsPresent => s_signs.Any(name => Environment.GetEnvironmentVariable(name) is not null);

    /// <summary>Processes that a launcher of the older kind has started; null where it does not say.</summary>
    internal static int? Processes => Number(Size);

    /// <summary>Torch's threads for one rank; null where the user has said how many, or nothing is known.</summary>
    internal static int? Threads => Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is not null ? null
        : Number("OMPI_COMM_WORLD_LOCAL_SIZE") is { } ranks ? Math.Max(1, Environment.ProcessorCount / ranks) : null;

    private static int? Number(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), out var number) && number > 0 ? number : null;
}
