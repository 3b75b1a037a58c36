namespace VaeToolkit.Samples;

/// <summary>What all runs of the comparison have in common.</summary>
internal sealed record ExperimentSettings(int Epochs, int BatchSize, int Tolerance, int EvaluationItems)
{
    /// <summary>
    /// The squared error an image may have. Its unit is that of an image, so log λ moves by a hundredth of it in a step. While the model
    /// has yet to learn anything the constraint is far from met; without a limit λ would grow then to values from which a run this short
    /// does not come back, since the error cannot fall as far below the tolerance as it began above it.
    /// </summary>
    public GecoOptions Constraint() => new()
    {
        Constraints = [ReconstructionConstraint.SquaredErrorPerItem(Tolerance)],
        MultiplierRate = 1e-2,
        LargestMultiplier = 20,
        AverageDecay = 0.9,
    };
}
