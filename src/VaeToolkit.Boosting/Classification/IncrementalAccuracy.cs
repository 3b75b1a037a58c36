namespace VaeToolkit.Boosting;

/// <summary>Shares of test images that are given their own label, in [0, 1].</summary>
/// <param name="Overall">On the images of all tasks learned so far.</param>
/// <param name="ByTask">On each task's own, in the order of learning.</param>
public sealed record IncrementalAccuracy(double Overall, IReadOnlyList<double> ByTask)
{
    /// <summary>The shares in one line.</summary>
    public override string ToString() => FormattableString.Invariant($"accuracy {Overall:F4}; by task ")
        + string.Join(", ", ByTask.Select(share => FormattableString.Invariant($"{share:F4}")));
}
