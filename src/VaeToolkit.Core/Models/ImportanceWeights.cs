using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The three log-densities of which importance weights are made, for K samples z ~ q(z|x) of each of N items:
/// log w = log p(x|z) + log p(z) − log q(z|x), each <c>[K, N]</c>, in nats.
/// </summary>
/// <param name="LogLikelihood">log p(x|z).</param>
/// <param name="LogPrior">log p(z).</param>
/// <param name="LogPosterior">log q(z|x).</param>
public readonly record struct ImportanceWeights(torch.Tensor LogLikelihood, torch.Tensor LogPrior, torch.Tensor LogPosterior)
{
    /// <summary>How many they are.</summary>
    public override string ToString()
        => $"importance weights {(LogLikelihood is null ? "of nothing" : Shape.Text(LogLikelihood))} of samples and items";

    /// <summary>log w, <c>[K, N]</c>; a new tensor at every call.</summary>
    public torch.Tensor Log() => LogLikelihood + LogPrior - LogPosterior;

    /// <summary>Draws K samples of every item's posterior and weighs them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="posterior">q(z|x) of the items.</param>
    /// <param name="x">The items, <c>[N, *item]</c>.</param>
    /// <param name="samples">K, at least 1.</param>
    public static ImportanceWeights Draw(Vae model, Posterior posterior, torch.Tensor x, int samples)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(posterior);
        var (z, logPosterior) = posterior.RSampleAndLogProb(samples);
        return OfDrawn(model, x, z, logPosterior);
    }

    /// <summary>Weighs samples that are given.</summary>
    /// <param name="model">The model.</param>
    /// <param name="posterior">The posterior that stands in the denominator.</param>
    /// <param name="x">The items, <c>[N, *item]</c>.</param>
    /// <param name="z">The samples, <c>[K, N, Z]</c>.</param>
    public static ImportanceWeights Of(Vae model, Posterior posterior, torch.Tensor x, torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(posterior);
        return new(model.DecodeOfChecked(z).LogProbOfChecked(x), model.Prior.LogProbExplained(z), posterior.LogProb(z));
    }

    internal static ImportanceWeights OfDrawn(Vae model, torch.Tensor x, torch.Tensor z, torch.Tensor logPosterior)
        => new(model.DecodeOfChecked(z).LogProbOfChecked(x), model.Prior.LogProbExplained(z), logPosterior);
}
