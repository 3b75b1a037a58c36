namespace VaeToolkit.Reports;

/// <summary>Which latent features carry information, and how much.</summary>
internal sealed class ActiveUnits : IReportSection
{
    public ReportSection? Make(ReportContext context)
    {
        if (context.Latents is not { } latents)
            return null;
        var (activity, order) = (latents.Activity, latents.ByActivity);
        double[] ranks = [.. Enumerable.Range(1, order.Length).Select(rank => (double)rank)];
        var blocks = new List<ReportBlock> { new ReportText(activity.ToString() + ".") };
        if (latents.Kl is { } kl)
        {
            blocks.Add(new ReportChart
            {
                Caption = "Divergence of every latent feature from the prior",
                X = "latent features, by divergence",
                Y = "KL, nats per item",
                Curves = [new("KL", ranks, [.. order.Select(unit => kl[unit])]) { Style = CurveStyle.Bars }],
            });
        }
        var rows = order.Select(unit => (string[])
        [
            Digits.Of(unit), .. latents.Kl is null ? [] : new[] { Digits.Of(latents.Kl[unit]) }, Digits.Of(activity.MeanVariances[unit]),
            activity.MeanVariances[unit] > activity.Threshold ? "active" : "collapsed",
        ]);
        string[] columns = ["latent feature", .. latents.Kl is null ? [] : new[] { "KL, nats" }, "variance of the means", "verdict"];
        blocks.Add(new ReportTable("Every latent feature in numbers", columns, [.. rows]) { IsFolded = true });
        return new("Active units", blocks);
    }
}
