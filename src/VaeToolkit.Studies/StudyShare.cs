using System.Globalization;

namespace VaeToolkit.Studies;

/// <summary>A part of a study's runs: those whose number, from 0, leaves the rest <see cref="Index"/> on division by
/// <see cref="Count"/>.</summary>
public sealed record StudyShare
{
    // Each launcher's variables of a process's number and of how many there are; an array of Slurm may begin at any number.
    private static readonly (string Index, string? First, string Count)[] s_launchers =
    [
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"),
        ("OMPI_COMM_WORLD_RANK", null, "OMPI_COMM_WORLD_SIZE"),
        ("PMI_RANK", null, "PMI_SIZE"),
        ("SLURM_PROCID", null, "SLURM_NTASKS"),
    ];

    /// <summary>Takes a part.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="count">Number of parts, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are out of range.</exception>
    public StudyShare(int index, int count)
    {
        if (count < 1)
            throw new ArgumentOutOfRangeException(nameof(count), count, "there must be at least one part");
        if (index < 0 || index >= count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"of {count} parts it must be 0 to {count - 1}");
        (Index, Count) = (index, count);
    }

    /// <summary>Every run.</summary>
    public static StudyShare All { get; } = new(0, 1);

    /// <summary>The part's number, from 0.</summary>
    public int Index { get; }

    /// <summary>Number of parts.</summary>
    public int Count { get; }

    /// <summary>
    /// This process's part among those of a Slurm array, of Open MPI's or MPICH's <c>mpirun</c>, or of <c>srun</c>, in this order; every
    /// run where none of them started it. An array is to have a step of one.
    /// </summary>
    /// <exception cref="InvalidOperationException">A variable is no number, or out of range.</exception>
    public static StudyShare FromEnvironment() => From(Environment.GetEnvironmentVariable);

    internal static StudyShare From(Func<string, string?> variable)
    {
        foreach (var (index, first, count) in s_launchers)
        {
            if (variable(index) is not null && variable(count) is not null)
            {
                var (number, total) = (Number(index) - (first is null ? 0 : Number(first)), Number(count));
                return total >= 1 && number >= 0 && number < total
                    ? new(number, total)
                    : throw new InvalidOperationException($"{index} = {variable(index)} is out of range: {count} is {total}");
            }
        }
        return All;

        int Number(string name) => int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidOperationException($"{name} is '{variable(name)}'; it must be a number");
    }

    /// <summary>Whether a run belongs to the part.</summary>
    /// <param name="run">The run's number, from 0.</param>
    public bool Has(int run) => run % Count == Index;

    /// <summary>The part's number and how many there are.</summary>
    public override string ToString() => $"part {Index} of {Count}";
}
