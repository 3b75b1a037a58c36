using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

public static partial class Evaluate
{
    /// <summary>
    /// The mutual information gap (Chen et al. 2018): I(z_j; v_k) of every latent feature and factor is the mean of log q(z_j|v_k) − log
    /// q(z_j), with z_j sampled from the aggregated posterior and both densities the exact mixtures over all items, or all items of that
    /// value. Only the samples are random. The cost is samples × items × Z.
    /// </summary>
    /// <param name="model">The model; its encoder must return diagonal normals. Items must be on its device.</param>
    /// <param name="data">The items, such as <see cref="SpriteData.Images"/>: all of a grid,
    /// since the factors are taken to be as frequent as in these.</param>
    /// <param name="factors">The factors of the items, in stored order, such as <see cref="SpriteData.Factors"/>.</param>
    /// <param name="options">Samples, block size and seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every block of samples.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="ArgumentException">There are no items, or not as many as rows of factors, or all factors are constant,
    /// or the items do not fit the encoder.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="NotSupportedException">The encoder's posterior is not a diagonal normal.</exception>
    /// <exception cref="ArithmeticException">A posterior is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Disentanglement MutualInformationGap(
        Vae model, DataSource data, FactorTable factors, MutualInformationGapOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        RequireItems(model, data);
        ArgumentNullException.ThrowIfNull(factors);
        options = (options ?? new()).Validated();
        if (factors.Count != data.Count)
            throw new ArgumentException($"there are factors of {factors.Count} items, but {data.Count} items", nameof(factors));
        if (Enumerable.Range(0, factors.Names.Count).All(k => factors.Entropy(k) == 0))
            throw new ArgumentException("every factor takes one value only; there is nothing to be known about them", nameof(factors));
        using var mode = EvaluationMode.Enter(model);
        using var seed = SeedScope.Begin(options.Seed);
        using var scope = torch.NewDisposeScope();
        using var aggregate = AggregatedPosterior.Encode(model, data, batchSize: 500, options.Seed, cancellationToken);
        return new FactorInformation(aggregate, factors, options).Run(progress, cancellationToken);
    }
}
