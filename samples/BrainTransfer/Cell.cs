using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>
/// One entry of the comparison: a method trained on a subset of n volumes, scored on one test patient;
/// seconds are those of a training step.
/// </summary>
internal sealed record Cell(
    TargetMethod Method, int Size, int Subset, string Patient, double Dice, double Overlap, double Hausdorff95, double Seconds)
{
    /// <summary>The name that papers use.</summary>
    public static string ShortName(TargetMethod method) => method switch
    {
        TargetMethod.RandomStart => "ri",
        TargetMethod.SourceStart => "pr",
        TargetMethod.FrozenSource => "prf",
        TargetMethod.DeepWeightPrior => "dwp",
        TargetMethod.GaussianPrior => "gp",
        TargetMethod.RandomKernelPrior => "dwp_random",
        _ => "ri_from_prior",
    };
}
