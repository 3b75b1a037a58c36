using System.Globalization;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Training;

/// <summary>What a training run was like, in numbers only.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="Steps">Every step's loss, gradient norm and terms.</param>
public sealed record SegmentationRun(StopReason Reason, IReadOnlyList<StepResult> Steps)
{
    private const double LeastFall = 0.1;

    /// <summary>
    /// What looks wrong. A data loss that has not fallen by a tenth half way through says that nothing is learned: in a variational run
    /// usually because the KL term's weight is too large for so few voxels, so that the posterior falls back to the prior.
    /// </summary>
    public IReadOnlyList<string> Warnings()
    {
        var length = Math.Max(1, Steps.Count / 20);
        if (Steps.Count < 4)
            return [];
        var (first, half) = (Data(0, length), Data(Steps.Count / 2 - length, length));
        return half <= (1 - LeastFall) * first
            ? []
            : [string.Create(CultureInfo.InvariantCulture, $"the data loss was {first:G4} at the start and {half:G4} half way "
                + $"through: nothing is learned yet; if there is a KL term, its weight may be too large")];
    }

    private double Data(int start, int count) => Steps.Skip(start).Take(count).Average(step => step.Terms["data"]);
}
