using System.Globalization;

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
    internal static int? Threads => Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null && RanksOfMachine is { } ranks
        ? ThreadsOf(Environment.ProcessorCount, Allowed("self"), Allowed(Status("self", "PPid:") ?? ""), ranks) : null;

    // Slurm says 4(x2),3 for two machines with four and one with three.
    private static int? RanksOfMachine => Number("OMPI_COMM_WORLD_LOCAL_SIZE")
        ?? (Environment.GetEnvironmentVariable("SLURM_STEP_TASKS_PER_NODE")?.Split('(', ',')[0] is { } first
            && int.TryParse(first, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null);

    /// <summary>A rank's share of the processors that its launcher has, but no more than the launcher has bound it to.</summary>
    /// <param name="usable">Processors that .NET counts: those that it is bound to, or fewer where a container may use fewer.</param>
    /// <param name="bound">Those to which it is bound; null where the system does not say.</param>
    /// <param name="launchers">Those of the process that has started it; null where the system does not say.</param>
    /// <param name="ranks">Ranks of the machine.</param>
    internal static int ThreadsOf(int usable, int? bound, int? launchers, int ranks)
    {
        var all = usable == bound && launchers > bound ? launchers.Value : usable;
        return Math.Clamp(all / ranks, 1, usable);
    }

    private static int? Allowed(string process) => Status(process, "Cpus_allowed_list:") is { } ranges ? Count(ranges) : null;

    // Linux alone has it.
    private static string? Status(string process, string name)
    {
        var path = $"/proc/{process}/status";
        return !File.Exists(path) ? null : File.ReadLines(path)
            .Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line[name.Length..].Trim()).FirstOrDefault();
    }

    /// <summary>How many numbers there are in ranges such as <c>0-7,9</c>; null where they are none.</summary>
    internal static int? Count(string ranges)
    {
        var count = 0;
        foreach (var range in ranges.Split(','))
        {
            var ends = range.Split('-');
            if (!int.TryParse(ends[0], CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(ends[^1], CultureInfo.InvariantCulture, out var last))
                return null;
            count += last - first + 1;
        }
        return count;
    }

    private static int? Number(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), out var number) && number > 0 ? number : null;
}
