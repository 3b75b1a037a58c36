using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>The bound of log p(x|y), E_q[log p(x|y,z)] − KL(q(z|x,y) ‖ p(z)), in nats.</summary>
/// <param name="Samples">Samples of z for every item and label.</param>
/// <param name="Kl">How the divergence is taken.</param>
internal readonly record struct ConditionalBound(int Samples, KlEstimator Kl)
{
    /// <summary>The two terms for items <c>[N, *item]</c> with a label row each, <c>[N, Y]</c>: both <c>[N]</c>.</summary>
    internal (torch.Tensor LogLikelihood, torch.Tensor Divergence) Terms(ConditionalVae model, torch.Tensor x, torch.Tensor y)
    {
        var (z, divergence) = Draw(model, model.EncodeOfChecked(x, y), labels: 1);
        return (model.DecodeOfChecked(z, y).LogProbOfChecked(x).mean([0L]), divergence);
    }

    /// <summary>The bound for items with a label row each, <c>[N]</c>.</summary>
    internal torch.Tensor Of(ConditionalVae model, torch.Tensor x, torch.Tensor y)
    {
        var (logLikelihood, divergence) = Terms(model, x, y);
        return logLikelihood - divergence;
    }

    /// <summary>The bound for every item with each of C label rows, in one pass: <c>[C, N]</c>.</summary>
    internal torch.Tensor ForEach(ConditionalVae model, torch.Tensor x, torch.Tensor labels)
    {
        var (count, classes) = (x.shape[0], labels.shape[0]);
        var (z, divergence) = Draw(model, model.EncodeForEach(x, labels), classes);
        var rows = labels.unsqueeze(1).unsqueeze(0).expand(Samples, classes, count, labels.shape[1]);
        // Samples and labels together are the likelihood's leading axis, so that items need not be repeated.
        var likelihood = model.DecodeOfChecked(z.reshape(Samples * classes, count, -1), rows.reshape(Samples * classes, count, -1));
        return likelihood.LogProbOfChecked(x).reshape(Samples, classes, count).mean([0L]) - divergence.reshape(classes, count);
    }

    // z [S, C N, Z] and the divergence [C N] of a posterior of C N rows.
    private (torch.Tensor Z, torch.Tensor Divergence) Draw(ConditionalVae model, Posterior posterior, long labels)
    {
        if (Kl == KlEstimator.ClosedForm && model.Prior.AnalyticKl(posterior) is { } closedForm)
            return (Sample(posterior, labels).Z, closedForm);
        var (z, logPosterior) = Sample(posterior, labels);
        return (z, (logPosterior - model.Prior.LogProbExplained(z)).mean([0L]));
    }

    // All labels of an item share the noise: differences between labels are then differences of the labels, and the gradient of q(y|x) is
    // less noisy (common random numbers). Every single draw has the right distribution all the same. The density is reckoned from the
    // noise: z − μ has no digit of it left where σ is little beside μ.
    private (torch.Tensor Z, torch.Tensor LogPosterior) Sample(Posterior posterior, long labels)
    {
        if (labels == 1 || posterior is not DiagonalNormal normal)
            return posterior.RSampleAndLogProb(Samples);
        var (count, size) = (normal.BatchSize / labels, normal.LatentSize);
        var noise = NoiseSource.Normal([Samples, 1, count, size], normal.Mean, itemAxis: 2);
        var logVariance = normal.LogVariance.reshape(labels, count, size);
        var z = (normal.Mean.reshape(labels, count, size) + (logVariance * 0.5).exp() * noise).flatten(1, 2);
        var terms = (noise.square() + logVariance).flatten(1, 2);
        return (z, ((ItemSum.InDouble(terms) + size * Math.Log(2 * Math.PI)) * -0.5).to(terms.dtype));
    }
}
