namespace VaeToolkit.Training;

/// <summary>
/// Whether an objective is being computed for training or validation. What is called there, by a user's own objective too, looks at no
/// values: that would make it wait for a GPU. <see cref="Trainer"/> looks at the data before the first step, and every step's loss is
/// looked at. With <see cref="TrainingLoop.Step"/> the library's likelihoods look at items on the CPU; those on a GPU, and all without the
/// pre-flight, are yours to look at. An objective that is computed by itself looks at all (<see cref="LookUnlessComputed"/>).
/// </summary>
public static class TrainingStep
{
    [ThreadStatic]
    private static int s_depth;

    [ThreadStatic]
    private static Batch? s_batch;

    [ThreadStatic]
    private static bool s_looks;

    [ThreadStatic]
    private static bool s_isLookedAt;

    /// <summary>Whether this thread does so: then a density of your own need not check its values either.</summary>
    public static bool IsComputed => s_depth > 0;

    /// <summary>
    /// Whether this thread is within a <see cref="TrainingLoop.Step"/>, whose items nobody has looked at before: a likelihood looks at
    /// those on the CPU then; or within an objective that is computed by itself, where it looks at all.
    /// </summary>
    public static bool LooksAtItems { get => s_looks; internal set => s_looks = value; }

    /// <summary>
    /// Has likelihoods look at items until it is disposed, where nobody has looked: for the beginning of an objective's <c>Compute</c>,
    /// which may be called by itself. Within a step of training or validation it is null, and costs nothing.
    /// </summary>
    public static IDisposable? LookUnlessComputed() => IsComputed || s_looks || s_isLookedAt ? null : new Look();

    /// <summary>Computes an objective by itself whose items are looked at elsewhere, as those of a trial batch are.</summary>
    internal static ObjectiveResult OfLookedAt(Func<ObjectiveResult> compute)
    {
        s_isLookedAt = true;
        try
        {
            return compute();
        }
        finally
        {
            s_isLookedAt = false;
        }
    }

    /// <summary>The most tokens that an item has, where these are the items of the step's batch and its source has counted them.</summary>
    internal static int? LongestOf(TorchSharp.torch.Tensor items)
        => s_batch is { LongestSequence: { } longest } batch && ReferenceEquals(batch.Items, items) ? longest : null;

    internal static Computation Begin(Batch batch)
    {
        var computation = new Computation(s_batch);
        (s_depth, s_batch) = (s_depth + 1, batch);
        return computation;
    }

    private sealed class Look : IDisposable
    {
        public Look() => s_looks = true;

        public void Dispose() => s_looks = false;
    }

    internal readonly struct Computation(Batch? before) : IDisposable
    {
        public void Dispose() => (s_depth, s_batch) = (s_depth - 1, before);
    }
}
