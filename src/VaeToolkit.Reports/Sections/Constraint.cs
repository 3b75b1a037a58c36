namespace VaeToolkit.Reports;

/// <summary>GECO's constraints and multipliers.</summary>
internal sealed class Constraint : IReportSection
{
    public static bool IsOfConstraint(RunRecord run, string term)
        => HasMultiplier(run)
            && (term.StartsWith("lambda", StringComparison.Ordinal) || term.StartsWith("constraint", StringComparison.Ordinal));

    public ReportSection? Make(ReportContext context) => Of(context.Run);

    public static ReportSection? Of(RunRecord run)
    {
        if (!HasMultiplier(run))
            return null;
        var constraints = run.Terms.Where(term => term.StartsWith("constraint_batch", StringComparison.Ordinal)).Select(term =>
            RunChart.Both(
                run, $"{term}, unit of the error", term, run.Epochs.Select(epoch => epoch.Terms[term]),
                run.Epochs.Select(epoch => epoch.ValidationTerms?.GetValueOrDefault(term))) with
            { Levels = [(0, "met at 0 and below")] });
        var multipliers = run.Terms.Where(term => term.StartsWith("lambda", StringComparison.Ordinal)).Select(term => RunChart.Of(
            run, term, term, [new(term, RunChart.Epochs(run), [.. run.Epochs.Select(epoch => epoch.Terms[term])])]) with
        { LogarithmicY = true });
        return new("Constraint", [new ReportText(
            "The multiplier λ rises while the constraint is above zero and falls while it is below. The loss is a Lagrangian, so compare "
            + "epochs by the divergence and the constraint."), .. constraints, .. multipliers]);
    }

    private static bool HasMultiplier(RunRecord run) => run.Terms.Any(term => term.StartsWith("lambda", StringComparison.Ordinal));
}
