using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

public static partial class Evaluate
{
    /// <summary>
    /// KL(q(z) ‖ p(z)) of the aggregated posterior q(z) = (1/N) Σ_j q(z|x_j) by Monte Carlo, with the mixture over the data streamed in
    /// blocks as matrix products, and with it the ELBO surgery (Hoffman &amp; Johnson 2016): average KL = index-code mutual
    /// information + marginal KL. The cost is samples × items × Z.
    /// </summary>
    /// <param name="model">The model; its encoder must return diagonal normals. Items must be on its device.</param>
    /// <param name="data">The items.</param>
    /// <param name="options">Samples, estimator, block size and seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every block of samples.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="ArgumentException">There are no items, or only one for an estimator that looks at others,
    /// or they do not fit the encoder; or ranks that divide it do not have the same weights, items and options.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="NotSupportedException">The encoder's posterior is not a diagonal normal.</exception>
    /// <exception cref="ArithmeticException">A posterior or a log-density is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MarginalKlEstimate MarginalKl(
        Vae model, DataSource data, MarginalKlOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        return RankGroup.Together(options.Exchange, ranks =>
        {
            RankGroup.Agree(ranks, () =>
            {
                RequireItems(model, data);
                options.Validated(data.Count);
                if (data.Count == 1 && options.Estimator == AggregateEstimator.LeaveOneOut)
                    throw new ArgumentException("leaving one out needs at least two items, there is one", nameof(data));
            });
            RequireSame(ranks, model, data, () => OptionText.ByName(options with { Exchange = null }), options.Seed);
            using var mode = EvaluationMode.Enter(model);
            using var seed = SeedScope.Begin(options.Seed);
            using var source = EvaluationNoise(ranks, model, options.Seed);
            AggregatedPosterior? encoded = null;
            RankGroup.Agree(ranks, () => encoded = AggregatedPosterior.Encode(
                model, data, options.BatchSize, options.Seed, cancellationToken));
            using var aggregate = encoded!;
            return new MarginalKlSampler(aggregate, model.Prior, options, aggregate.Means.device).Run(progress, cancellationToken);
        });
    }

    private static void RequireItems(Vae model, DataSource data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Count < 1)
            throw new ArgumentException(
                data.Count == 0 ? "there are no items to evaluate" : FormattableString.Invariant($"data have a Count of {data.Count}"),
                nameof(data));
    }
}
