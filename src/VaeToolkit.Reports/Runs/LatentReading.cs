using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Reports;

/// <summary>What the encoder says of the report's items, in numbers.</summary>
/// <param name="Means">E[z|x] of every item, <c>[N, Z]</c>, row by row.</param>
/// <param name="Activity">Which latent features are active.</param>
/// <param name="Kl">The mean divergence of every latent feature from the prior, in nats; null where the prior has no closed form.</param>
internal sealed record LatentReading(double[] Means, LatentActivity Activity, double[]? Kl)
{
    private const int BatchSize = 500;

    /// <summary>Latent features, the most telling first: by divergence, or else by the variance of their means.</summary>
    public int[] ByActivity => [.. Enumerable.Range(0, Activity.MeanVariances.Count)
        .OrderByDescending(unit => Kl is null ? Activity.MeanVariances[unit] : Kl[unit])];

    public static LatentReading Of(Vae model, TensorData items)
    {
        using var mode = EvaluationMode.Enter(model);
        using var seed = SeedScope.Begin(0);
        using var scope = torch.NewDisposeScope();
        var (means, divergences) = (new List<torch.Tensor>(), new List<torch.Tensor>());
        foreach (var batch in items.InOrder(BatchSize))
        {
            using var inner = torch.NewDisposeScope();
            var posterior = model.EncodeBatch(batch.Items, "the items", means.Sum(mean => mean.shape[0]));
            means.Add(posterior.Mean.to(torch.float64).alias().MoveToOuterDisposeScope());
            if (model.Prior.AnalyticKlByLatent(posterior) is { } kl)
                divergences.Add(kl.to(torch.float64).alias().MoveToOuterDisposeScope());
        }
        var all = torch.cat(means);
        var variances = items.Count > 1 ? all.var(0, unbiased: true) : torch.zeros_like(all[0]);
        return new(
            Numbers(all), new(Numbers(variances), 0.01, items.Count),
            divergences.Count == 0 ? null : Numbers(torch.cat(divergences).mean([0])));
    }

    public static double[] Numbers(torch.Tensor tensor)
    {
        using var accessor = tensor.to(torch.float64).cpu().contiguous().data<double>();
        return accessor.ToArray();
    }
}
