using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>
/// Figures about a trained model. All run in evaluation mode without gradients, with a seed of their own, and leave the model's mode and
/// the caller's random numbers as they were.
/// </summary>
public static partial class Evaluate
{
    /// <summary>
    /// The negative log-likelihood by importance sampling from the encoder (Burda et al. 2016, eq. 8): the mean over items of
    /// −log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x), an upper bound in expectation that tightens as K grows. Exactly K samples are drawn for
    /// every item; memory depends on the options' batch and chunk sizes alone.
    /// </summary>
    /// <param name="model">The model; items must be on its device.</param>
    /// <param name="data">The items, of which random binarisation, if any, is drawn from the seed.</param>
    /// <param name="options">Samples, batch and chunk sizes and the seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every chunk; by one thread at a time, though not always the same.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="ArgumentException">There are no items, or items outside the likelihood's support,
    /// or of another size than the model's; or ranks that divide it do not have the same weights, items and options.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="ArithmeticException">The estimate of an item is not finite; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LikelihoodEstimate NegativeLogLikelihood(
        Vae model, DataSource data, ImportanceOptions? options = null, IProgress<double>? progress = null,
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
            using var seed = SeedScope.Begin(options.Seed);
            using var source = EvaluationNoise(ranks, model, options.Seed);
            using var sampler = new ImportanceSampler(model, options, data.Count, progress, cancellationToken);
            return sampler.Run(data);
        });
    }

    private static void RequireSame(
        RankGroup? ranks, Vae model, DataSource data, Func<IReadOnlyDictionary<string, string>> options, long seed)
    {
        if (ranks is not null)
            RankManifest.Require(ranks, () => RankManifest.Of(model, data, options(), seed), "the ranks do not evaluate the same");
    }

    // Also for items that are drawn as they come.
    private static IDisposable? EvaluationNoise(RankGroup? ranks, Vae model, long seed)
        => ranks is null ? null : NoiseSource.LendToRank(model, seed);
}
