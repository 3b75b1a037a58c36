using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>log p(x,y) of every class by importance sampling from q(z|x,y).</summary>
internal static class JointEvidence
{
    // Decoded rows that are held at once; the rest waits.
    private const long RowsAtOnce = 20_000;

    /// <summary>log (1/K) Σ_k p(x|y,z_k) p(z_k) / q(z_k|x,y) + log p(y), <c>[N, Y]</c>, in nats, of items that somebody has
    /// looked through for what is outside of p(x|y,z)'s support.</summary>
    internal static torch.Tensor Of(M2Model model, torch.Tensor x, int samples)
    {
        var labels = model.Labels.AllRows(x);
        var items = x.split(Math.Max(1, RowsAtOnce / labels.shape[0]));
        return torch.cat([.. items.Select(part => OfFew(model, part, labels, samples))]) + model.LabelPrior.LogProbs();
    }

    // [N, Y], without the label's own probability.
    private static torch.Tensor OfFew(M2Model model, torch.Tensor x, torch.Tensor labels, int samples)
    {
        using var outer = torch.NewDisposeScope();
        var (count, classes) = (x.shape[0], labels.shape[0]);
        var posterior = model.Generative.EncodeForEach(x, labels);
        var rows = labels.unsqueeze(1).expand(classes, count, labels.shape[1]);
        var chunk = (int)Math.Clamp(RowsAtOnce / (count * classes), 1, samples);
        torch.Tensor? total = null;
        for (var done = 0; done < samples; done += chunk)
        {
            using var scope = torch.NewDisposeScope();
            var (z, logPosterior) = posterior.RSampleAndLogProb(Math.Min(chunk, samples - done));
            var logPrior = model.Generative.Prior.LogProbExplained(z);
            var repeated = rows.unsqueeze(0).expand(z.shape[0], classes, count, labels.shape[1]).reshape(-1, count, labels.shape[1]);
            var logLikelihood = model.Generative.DecodeOfChecked(z.reshape(-1, count, z.shape[2]), repeated).LogProbOfChecked(x)
                .reshape(z.shape[0], -1);
            var part = (logLikelihood + logPrior - logPosterior).logsumexp(0);
            total = (total is null ? part : torch.stack([total, part]).logsumexp(0)).MoveToOuterDisposeScope();
        }
        return (total! - Math.Log(samples)).reshape(classes, count).t().MoveToOuterDisposeScope();
    }
}
