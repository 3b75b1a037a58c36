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
        var closedForm = Kl == KlEstimator.ClosedForm ? model.Prior.AnalyticKl(posterior) : null;
        // All labels of an item share the noise: differences between labels are then differences of the labels, and the gradient of q(y|x)
        // is less noisy (common random numbers). Every single draw has the right distribution all the same.
        if (labels > 1 && posterior is DiagonalNormal normal)
        {
            var noise = SharedNoise(normal, labels);
            var shared = normal.SampleOf(noise);
            return (shared, closedForm ?? Sampled(shared, normal.LogProbOf(noise)));
        }
        if (closedForm is not null)
            return (posterior.RSample(Samples), closedForm);
        var (z, logPosterior) = posterior.RSampleAndLogProb(Samples);
        return (z, Sampled(z, logPosterior));

        torch.Tensor Sampled(torch.Tensor z, torch.Tensor logPosterior) => (logPosterior - model.Prior.LogProbExplained(z)).mean([0L]);
    }

    // [S, C N, Z], the same for every label.
    private torch.Tensor SharedNoise(DiagonalNormal posterior, long labels)
    {
        var (count, size) = (posterior.BatchSize / labels, posterior.LatentSize);
        var noise = NoiseSource.Normal([Samples, 1, count, size], posterior.Mean, itemAxis: 2);
        return noise.expand(Samples, labels, count, size).flatten(1, 2);
    }
}
