using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>What one pass says about a batch of pairs, in nats.</summary>
/// <param name="LogLikelihood">log p(x|z) of every sample and pair, <c>[K, N]</c>.</param>
/// <param name="Rate">KL(q(z|x̃) ‖ r(z)) of every pair, <c>[N]</c>; sampled where there is no closed form, <c>[K, N]</c>.</param>
/// <param name="RateByLatent">The divergence by latent feature, <c>[N, Z]</c>, or null.</param>
internal readonly record struct BottleneckReading(torch.Tensor LogLikelihood, torch.Tensor Rate, torch.Tensor? RateByLatent)
{
    internal static BottleneckReading Of(InformationBottleneck model, torch.Tensor pairs, int samples)
    {
        var (input, target) = model.Views(pairs);
        var posterior = model.EncodeOfChecked(input);
        var byLatent = model.Prior.AnalyticKlByLatent(posterior);
        if ((byLatent is null ? model.Prior.AnalyticKl(posterior) : ItemSum.Of(byLatent)) is { } rate)
            return new(model.DecodeOfChecked(posterior.RSample(samples)).LogProbOfChecked(target), rate, byLatent);
        var (z, logPosterior) = posterior.RSampleAndLogProb(samples);
        return new(model.DecodeOfChecked(z).LogProbOfChecked(target), logPosterior - model.Prior.LogProbExplained(z), null);
    }
}
