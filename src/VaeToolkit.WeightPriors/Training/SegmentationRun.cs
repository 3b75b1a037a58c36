using System.Globalization;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

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

    /// <summary>
    /// Why it ended; then loss, terms and gradient norm, means over a twentieth of the steps at the start, half way and at the end; then
    /// what looks wrong.
    /// </summary>
    public override string ToString()
    {
        var title = FormattableString.Invariant($"{Reason} after {Steps.Count} steps");
        if (Steps.Count == 0)
            return title;
        List<string[]> rows = [["", "first", "half way", "last"], Row("loss", step => step.Loss)];
        rows.AddRange(Steps[0].Terms.Keys.Select(term => Row(term, step => step.Terms[term])));
        if (Steps.All(step => step.GradientNorm is not null))
            rows.Add(Row("gradient norm", step => step.GradientNorm!.Value));
        return string.Join(Environment.NewLine, [title, TextTable.Of(rows), .. Warnings()]);
    }

    private string[] Row(string name, Func<StepResult, double> value)
    {
        var length = Math.Max(1, Steps.Count / 20);
        int[] starts = [0, Math.Max(0, (Steps.Count / 2) - length), Steps.Count - length];
        return [name, .. starts.Select(start => TextTable.Number(Steps.Skip(start).Take(length).Average(value)))];
    }

    private double Data(int start, int count) => Steps.Skip(start).Take(count).Average(step => step.Terms["data"]);
}
