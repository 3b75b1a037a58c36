using VaeToolkit.Evaluation;

namespace VaeToolkit.Reports;

/// <summary>The likelihood of the items, and the divergence in its two parts.</summary>
internal sealed class Likelihoods : IReportSection
{
    private const int SurgerySamples = 2_000;

    public ReportSection? Make(ReportContext context)
    {
        var rows = Estimates(context).Select(entry => (string[])
        [
            entry.Name, Digits.Of(entry.Estimate.Mean, entry.Estimate.StandardError), Digits.Of(entry.Estimate.BitsPerDimension),
            Digits.Of(entry.Estimate.Items), Digits.Of(entry.Estimate.Samples), Digits.Of(entry.Estimate.EffectiveSampleSize),
        ]).ToList();
        List<ReportBlock> blocks = [];
        if (rows.Count > 0)
        {
            blocks.Add(new ReportTable("Negative log-likelihood, upper bounds that tighten downwards", [
                "estimate", "nats per item ± standard error", "bits per value", "items", "samples each", "effective samples"], rows));
        }
        if (Surgery(context) is { } surgery)
            blocks.Add(surgery);
        return blocks.Count == 0 ? null : new("Likelihood", blocks);
    }

    private static IEnumerable<(string Name, LikelihoodEstimate Estimate)> Estimates(ReportContext context)
    {
        var (items, samples) = context.Options.Importance;
        if (context.Items is { } all)
        {
            using var first = all.First(Math.Min(items, all.Count));
            yield return ("−ELBO", Evaluate.NegativeLogLikelihood(
                context.Vae!, first, new() { Samples = 1, ChunkSize = 1, BatchSize = 500, Seed = context.Options.Seed }));
            yield return ("importance sampling", Evaluate.NegativeLogLikelihood(
                context.Vae!, first, new() { Samples = samples, Seed = context.Options.Seed }));
        }
        foreach (var (name, estimate) in context.Options.Likelihoods)
            yield return (name, estimate);
    }

    private static ReportTable? Surgery(ReportContext context)
    {
        if (context.Items is not { Count: >= 2 } items)
            return null;
        try
        {
            var estimate = Evaluate.MarginalKl(
                context.Vae!, items, new() { Samples = SurgerySamples, Seed = context.Options.Seed });
            return new($"Where the divergence goes, over {Digits.Of(estimate.Items)} items ({Digits.Of(estimate.Samples)} samples)",
                ["part", "nats ± standard error"],
            [
                ["average KL of q(z|x) from the prior", Digits.Of(estimate.AverageKl, estimate.AverageKlStandardError)],
                ["mutual information of item and code", Digits.Of(estimate.MutualInformation, estimate.MutualInformationStandardError)],
                ["marginal KL of q(z) from the prior", Digits.Of(estimate.MarginalKl, estimate.MarginalKlStandardError)],
            ]);
        }
        catch (NotSupportedException)
        {
            // Only diagonal normal posteriors have it.
            return null;
        }
    }
}
