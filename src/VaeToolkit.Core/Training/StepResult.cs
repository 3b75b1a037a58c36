namespace VaeToolkit.Training;

/// <summary>What one training step was like, in numbers only.</summary>
/// <param name="Index">Steps that the objective had taken before this one; 0 for the first.</param>
/// <param name="Loss">The loss that was minimised, averaged over the batch.</param>
/// <param name="GradientNorm">The 2-norm of all gradients before clipping, or null when clipping was not asked for.</param>
/// <param name="Terms">The objective's terms by name, in the objective's order.</param>
public readonly record struct StepResult(long Index, double Loss, double? GradientNorm, IReadOnlyDictionary<string, double> Terms)
{
    /// <summary>The step's numbers in one line.</summary>
    public override string ToString()
        => FormattableString.Invariant($"step {Index}: loss {Loss:G7} (")
            + string.Join(", ", (Terms ?? new Dictionary<string, double>()).Select(
                term => FormattableString.Invariant($"{term.Key} {term.Value:G7}"))) + ")"
            + (GradientNorm is { } norm ? FormattableString.Invariant($", gradient norm {norm:G4}") : "");
}
