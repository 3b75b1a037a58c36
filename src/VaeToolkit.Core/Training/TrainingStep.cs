namespace VaeToolkit.Training;

/// <summary>
/// Whether an objective is being computed for training or validation. What is called there, by a user's own objective too, looks at no
/// values: that would make it wait for a GPU. <see cref="Trainer"/> looks at the data before the first step, and every step's loss is
/// looked at; with <see cref="TrainingLoop.Step"/> or without the pre-flight, the data are yours to look at.
/// </summary>
public static class TrainingStep
{
    [ThreadStatic]
    private static int s_depth;

    /// <summary>Whether this thread does so: then a density of your own need not check its values either.</summary>
    public static bool IsComputed => s_depth > 0;

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
