using System.Globalization;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>
/// One entry of the comparison: a method trained on a subset of n volumes, scored on one test patient;
/// seconds are those of a training step.
/// </summary>
internal sealed record Cell(
    TargetMethod Method, int Size, int Subset, string Patient, double Dice, double Overlap, double Hausdorff95, double Seconds)
{
    public const string Header = "method,n,subset,patient,dice,iou,hd95,step_seconds";

    public string Row => string.Create(
        CultureInfo.InvariantCulture, $"{Method},{Size},{Subset},{Patient},{Dice:R},{Overlap:R},{Hausdorff95:R},{Seconds:R}");

    public static Cell Parse(string row)
    {
        var parts = row.Split(',');
        return new(
            Enum.Parse<TargetMethod>(parts[0]), int.Parse(parts[1], CultureInfo.InvariantCulture),
            int.Parse(parts[2], CultureInfo.InvariantCulture),
            parts[3], Number(parts[4]), Number(parts[5]), Number(parts[6]), Number(parts[7]));
    }

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

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
