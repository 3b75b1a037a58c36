namespace VaeToolkit.Studies;

/// <summary>How the runs of a study are done.</summary>
public sealed record StudyOptions
{
    /// <summary>
    /// Worker processes at a time, at least 0; 0 does one run after the other in this process. Default 0. A worker is this program started
    /// again with the same arguments, which does one run and ends in <see cref="Study{TSetting}.Run"/>.
    /// </summary>
    public int Processes { get; init; }

    /// <summary>
    /// Threads that each worker has, at least 1; default 1. A worker sees as many processors, and gets no more from
    /// <c>TorchRuntime.Prepare</c>.
    /// </summary>
    public int ThreadsEach { get; init; } = 1;

    /// <summary>
    /// Whether records of earlier are kept, so that only what is missing is run; default true. Without it this process's share begins anew,
    /// and what is in the runs' folders is renamed, <c>record.json</c> to <c>record.json.earlier</c>, so that nothing is lost.
    /// </summary>
    public bool Resume { get; init; } = true;

    /// <summary>Whether runs that failed earlier are done again; default true.</summary>
    public bool RetryFailed { get; init; } = true;

    /// <summary>
    /// Which runs are this process's, where several share the study's folder; default all. <see cref="StudyShare.FromEnvironment"/> reads
    /// it from MPI or Slurm.
    /// </summary>
    public StudyShare Share { get; init; } = StudyShare.All;

    /// <summary>
    /// The program that a worker is, and its arguments; null for this program and its own. It must make the same study and call
    /// <see cref="Study{TSetting}.Run"/>.
    /// </summary>
    public IReadOnlyList<string>? Worker { get; init; }

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal StudyOptions Validated()
    {
        if (Processes < 0)
            throw new ArgumentOutOfRangeException(nameof(Processes), Processes, "Processes must be at least 0, which is this process");
        if (ThreadsEach < 1)
            throw new ArgumentOutOfRangeException(nameof(ThreadsEach), ThreadsEach, "ThreadsEach must be at least 1");
        if (Worker is { Count: 0 })
            throw new ArgumentException("Worker is empty; it begins with the program", nameof(Worker));
        ArgumentNullException.ThrowIfNull(Share);
        return this;
    }
}
