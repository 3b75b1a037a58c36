using VaeToolkit.Objectives;

namespace VaeToolkit.Samples;

/// <summary>What all runs of the comparison have in common.</summary>
internal sealed record ExperimentSettings(int Epochs, int BatchSize, int Tolerance, int EvaluationItems)
{
    /// <summary>The squared error an image may have. Its unit is that of an image, so log λ moves by about a thousandth of it in a step.</summary>
    public GecoOptions Constraint() => new()
    {
        Constraints = [ReconstructionConstraint.SquaredErrorPerItem(Tolerance)],
        MultiplierRate = 1e-3,
        AverageDecay = 0.9,
    };
}
