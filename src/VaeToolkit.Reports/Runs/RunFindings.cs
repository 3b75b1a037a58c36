using System.Globalization;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>What the numbers of a run warn of. Every rule looks at numbers alone, so that its verdict on a made run is known.</summary>
internal static class RunFindings
{
    /// <summary>A divergence below this, in nats per item, tells the decoder next to nothing.</summary>
    private const double CollapsedNats = 0.1;

    /// <summary>As of <c>GecoOptions.Slack</c>, where a run does not say its own.</summary>
    private const double DefaultSlack = 0.02;

    /// <summary>Epochs in a row above the best, the last among them, before a rise is more than noise.</summary>
    private const int RisingEpochs = 3;

    /// <summary>How much of the fall up to the best epoch a rise after it must undo.</summary>
    private const double RiseShare = 0.01;

    /// <summary>Of a loss: what float32 may change of it.</summary>
    private const double Rounding = 1e-6;

    public static IReadOnlyList<RunFinding> Of(RunRecord run, LatentActivity? activity)
        => [.. new[] { Collapsed(run, activity), Constraint(run), WarmUp(run), Overfitting(run), Ranks(run) }.OfType<RunFinding>()];

    private static RunFinding? Collapsed(RunRecord run, LatentActivity? activity)
    {
        var last = run.Epochs[^1];
        if (activity is { IsCollapsed: true })
            return new(FindingKind.CollapsedUnits, "The posterior has collapsed: no latent feature depends on the item.");
        if (activity is not null)
        {
            return 2 * activity.ActiveUnits >= activity.MeanVariances.Count ? null : new(FindingKind.CollapsedUnits, string.Create(
                CultureInfo.InvariantCulture,
                $"{activity.Collapsed.Count} of {activity.MeanVariances.Count} latent features have collapsed onto the prior."));
        }
        return !last.IsWarmUp && Kl(last.ValidationTerms ?? last.Terms) is { } kl and < CollapsedNats
            ? new(FindingKind.CollapsedUnits, string.Create(
                CultureInfo.InvariantCulture, $"The posterior has collapsed: its divergence from the prior is {kl:G2} nats per item."))
            : null;
    }

    private static double? Kl(IReadOnlyDictionary<string, double> terms)
        => terms.TryGetValue("kl", out var kl) || terms.TryGetValue("kl_sampled", out kl) ? kl : null;

    private static RunFinding? Constraint(RunRecord run)
    {
        var last = run.Epochs[^1];
        var tolerance = Setting(run, "Tolerance") ?? 0;
        var allowed = (Setting(run, "Slack") ?? DefaultSlack) * Math.Abs(tolerance);
        var terms = last.ValidationTerms ?? last.Terms;
        var above = terms.Where(term => term.Key.StartsWith("constraint_batch", StringComparison.Ordinal) && term.Value > allowed).ToList();
        if (above.Count == 0)
            return null;
        var (name, value) = above.MaxBy(term => term.Value);
        return new(FindingKind.ConstraintNotMet, string.Create(
            CultureInfo.InvariantCulture, $"The constraint is not met: {name} is {Digits.Of(value)} above zero in the last epoch."));
    }

    private static double? Setting(RunRecord run, string name)
        => RunFiles.Number(run.Settings, $"{run.Objective}.{name}");

    private static RunFinding? WarmUp(RunRecord run) => run.Epochs[^1].IsWarmUp
        ? new(FindingKind.WarmUpUnfinished,
            "The warm-up was not over when the last epoch began, so no epoch was trained with the final objective.")
        : null;

    private static RunFinding? Ranks(RunRecord run) => RankWork.Slow(run) is { } text ? new(FindingKind.SlowRank, text) : null;

    // Losses compare only where the objective stays the same: not in a warm-up, nor under a multiplier that moves.
    private static RunFinding? Overfitting(RunRecord run)
    {
        List<EpochSummary> epochs = [.. run.Epochs.Where(epoch => !epoch.IsWarmUp && epoch.ValidationLoss is not null)];
        if (epochs.Count <= RisingEpochs || run.Terms.Any(term => term.StartsWith("lambda", StringComparison.Ordinal)))
            return null;
        var best = epochs.MinBy(epoch => epoch.ValidationLoss)!;
        var (after, last) = (epochs.SkipWhile(epoch => epoch != best).Skip(1).ToList(), epochs[^1]);
        var fall = Math.Max(epochs[0].ValidationLoss!.Value, last.ValidationLoss!.Value) - best.ValidationLoss!.Value;
        var rise = last.ValidationLoss.Value - best.ValidationLoss.Value;
        var least = Math.Max(RiseShare * fall, Rounding * Math.Abs(best.ValidationLoss.Value));
        var rises = after.Count >= RisingEpochs
            && after.TakeLast(RisingEpochs).All(epoch => epoch.ValidationLoss - best.ValidationLoss > least);
        return rises && last.TrainLoss < best.TrainLoss
            ? new(FindingKind.Overfitting, string.Create(
                CultureInfo.InvariantCulture, $"It overfits: since epoch {best.Epoch} the validation loss has risen by {Digits.Of(rise)} ")
                + $"while the training loss fell by {Digits.Of(best.TrainLoss - last.TrainLoss)}.")
            : null;
    }
}
