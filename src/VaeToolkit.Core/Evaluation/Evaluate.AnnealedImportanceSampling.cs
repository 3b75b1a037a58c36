using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

public static partial class Evaluate
{
    /// <summary>
    /// The negative log-likelihood by annealed importance sampling (Neal 2001; Wu et al. 2017), which does not look at the encoder: chains
    /// start at the prior and pass p(x|z)^β p(z) for β from 0 to 1 by Hamiltonian Monte Carlo. The mean over items of −log (1/C) Σ
    /// w_c, an upper bound of −log p(x) in expectation that tightens with temperatures and with chains.
    /// </summary>
    /// <remarks>The model's parameters collect no gradients and their <c>requires_grad</c> is as before when it returns.</remarks>
    /// <param name="model">The model; its likelihood and prior must be differentiable by z. Items must be on its device.</param>
    /// <param name="data">The items, of which random binarisation, if any, is drawn from the seed.</param>
    /// <param name="options">Chains, temperatures, the transition and the seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every batch.</param>
    /// <param name="cancellationToken">Stops between temperatures.</param>
    /// <exception cref="ArgumentException">There are no items, or items outside the likelihood's support,
    /// or of another size than the model's; or ranks that divide it do not have the same weights, items and options.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="ArithmeticException">The estimate of an item is not finite; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LikelihoodEstimate AnnealedImportanceSampling(
        Vae model, DataSource data, AisOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        return RankGroup.Together(options.Exchange, ranks =>
        {
            RankGroup.Agree(ranks, () =>
            {
                RequireItems(model, data);
                options.Validated();
            });
            RequireSame(ranks, model, data, () => OptionText.ByName(options with { Exchange = null }), options.Seed);
            using var mode = EvaluationMode.Enter(model);
            using var frozen = new FrozenParameters(model);
            using var seed = SeedScope.Begin(options.Seed);
            using var source = EvaluationNoise(ranks, model, options.Seed);
            return new AnnealedSampler(model, options, data.Count, progress, cancellationToken).Run(data);
        });
    }
}
