using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

public static partial class Evaluate
{
    /// <summary>
    /// The active units: latent features whose posterior mean varies over the items by more than a threshold, and the collapsed rest.
    /// </summary>
    /// <param name="model">The model; items must be on its device.</param>
    /// <param name="data">The items.</param>
    /// <param name="threshold">The variance to exceed, at least 0; default 0.01 as in Burda et al. (2016).</param>
    /// <param name="batchSize">Items that are encoded together, at least 1.</param>
    /// <param name="seed">The seed of what is random in the items.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are fewer than two items, or they do not fit the encoder.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not a number of at least 0, or
    /// <paramref name="batchSize"/> below 1.</exception>
    /// <exception cref="ArithmeticException">An item's posterior mean is NaN; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LatentActivity ActiveUnits(
        Vae model, DataSource data, double threshold = 0.01, int batchSize = 500, long seed = 0,
        CancellationToken cancellationToken = default)
    {
        RequireItems(model, data);
        if (data.Count == 1)
            throw new ArgumentException("there is one item, of whose posterior mean there is no variance; at least two are needed",
                nameof(data));
        OptionRange.Require(threshold >= 0, nameof(threshold), threshold, "the threshold must be at least 0");
        Shape.RequirePositive(batchSize, "the batch size", nameof(batchSize));
        using var mode = EvaluationMode.Enter(model);
        using var seedScope = SeedScope.Begin(seed);
        using var scope = torch.NewDisposeScope();
        var means = PosteriorMeans(model, data, batchSize, seed, cancellationToken).to(torch.float64);
        using var accessor = means.var(0, unbiased: true).cpu().data<double>();
        return new(accessor.ToArray(), threshold, means.shape[0]);
    }

    private static torch.Tensor PosteriorMeans(Vae model, DataSource data, int batchSize, long seed, CancellationToken cancellationToken)
    {
        var means = new List<torch.Tensor>();
        foreach (var batch in data.InOrder(batchSize, seed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            Shape.RequireFinite(batch.Items, nameof(data));
            model.Encoder.RequireReadable(batch.Items, nameof(data));
            means.Add(model.EncodeOfChecked(batch.Items).Mean.alias().MoveToOuterDisposeScope());
        }
        return Shape.RequireAnswers(torch.cat(means), nameof(data));
    }
}
