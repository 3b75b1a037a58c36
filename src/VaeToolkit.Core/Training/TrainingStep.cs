namespace VaeToolkit.Training;

/// <summary>
/// Whether this thread computes an objective for training or validation. What is called there, by a user's own objective too, looks at no
/// values: that would make it wait for a GPU, and both the data before training and the loss after each step are looked at.
/// </summary>
internal static class TrainingStep
{
    [ThreadStatic]
    private static int s_depth;

    internal static bool IsComputed => s_depth > 0;

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
