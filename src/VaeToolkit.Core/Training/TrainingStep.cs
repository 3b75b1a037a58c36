namespace VaeToolkit.Training;

/// <summary>
/// Whether an objective is being computed for training or validation. What is called there, by a user's own objective too, looks at no
/// values: that would make it wait for a GPU. <see cref="Trainer"/> looks at the data before the first step, and every step's loss is
/// looked at. With <see cref="TrainingLoop.Step"/> the library's likelihoods look at items on the CPU; those on a GPU, and all without the
/// pre-flight, are yours to look at.
/// </summary>
public static class TrainingStep
{
    [ThreadStatic]
    private static int s_depth;

    [ThreadStatic]
    private static bool s_looks;

    /// <summary>Whether this thread does so: then a density of your own need not check its values either.</summary>
    public static bool IsComputed => s_depth > 0;

    /// <summary>
    /// Whether this thread is within a <see cref="TrainingLoop.Step"/>, whose items nobody has looked at before: a likelihood looks at
    /// those on the CPU then.
    /// </summary>
    public static bool LooksAtItems { get => s_looks; internal set => s_looks = value; }

    internal static Computation Begin()
    {
        s_depth++;
        return default;
    }

    internal readonly struct Computation : IDisposable
    {
        public void Dispose() => s_depth--;
    }
}
