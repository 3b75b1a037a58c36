namespace VaeToolkit.Molecules;

/// <summary>Where <see cref="LatentSearch.Ascend"/> stands.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Best">The highest value so far.</param>
public readonly record struct LatentSearchProgress(int Step, int Steps, double Best)
{
    /// <summary>The step and the best value.</summary>
    public override string ToString() => FormattableString.Invariant($"step {Step} of {Steps}: best {Best:G6}");
}
