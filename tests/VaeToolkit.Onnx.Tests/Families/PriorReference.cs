using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;

namespace VaeToolkit.Onnx.Tests.Families;

/// <summary>The library's own draws from a prior, and the random numbers that they were made of.</summary>
internal static class PriorReference
{
    private const long Seed = 20;

    /// <summary>z <c>[N, Z]</c> and the inputs that must give it.</summary>
    public static (torch.Tensor Z, Dictionary<string, torch.Tensor> Inputs) Draw(Prior prior, int count)
    {
        using var mode = EvaluationMode.Enter(prior);
        torch.manual_seed(Seed);
        var z = prior.Sample(count);
        torch.manual_seed(Seed);
        return (z, prior switch
        {
            StandardNormalPrior or LearnedNormalPrior or RealNvpPrior => new() { ["noise"] = torch.randn(count, prior.LatentSize) },
            MixtureOfGaussiansPrior mixture => Mixture(mixture.Weights(), count, prior.LatentSize),
            VampPrior vamp => Mixture(
                vamp.get_parameter("weight_logits")?.detach().log_softmax(-1).exp()
                    ?? Equal(vamp.ComponentCount),
                count, prior.LatentSize),
            ExpandingMixturePrior expanding => Mixture(Equal(Count(expanding)), count, prior.LatentSize),
            DirichletPrior dirichlet => Mixture(Equal(dirichlet.get_buffer("points")!.shape[0]), count, prior.LatentSize),
            BoostedPrior boosted => Mixture(Weights(boosted), count, prior.LatentSize),
            _ => throw new ArgumentException($"no reference for a {prior.GetType().Name}", nameof(prior)),
        });
    }

    // A number in the middle of the interval that chooses the component.
    private static Dictionary<string, torch.Tensor> Mixture(torch.Tensor weights, int count, long latentSize)
    {
        var component = weights.multinomial(count, replacement: true);
        var noise = torch.randn(count, latentSize);
        var ends = weights.to(torch.float64).cumsum(0);
        var uniform = (ends - weights.to(torch.float64) / 2).index_select(0, component).to(torch.float32);
        return new() { ["uniform"] = uniform, ["noise"] = noise };
    }

    private static torch.Tensor Equal(long components) => torch.full([components], (float)-Math.Log(components)).exp();

    private static long Count(ExpandingMixturePrior prior) => prior.FrozenCount + (prior.IsTaskOpen ? prior.ComponentsPerTask : 0);

    private static torch.Tensor Weights(BoostedPrior prior)
    {
        var weights = Enumerable.Range(0, prior.TaskCount).SelectMany(prior.WeightsOf).Select(weight => weight / prior.TaskCount);
        return torch.tensor(weights.Select(weight => Math.Log(weight)).ToArray()).exp();
    }
}
