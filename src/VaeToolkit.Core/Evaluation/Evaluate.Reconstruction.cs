using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

public static partial class Evaluate
{
    /// <summary>
    /// The reconstruction error: ‖x − E[x|z]‖² and −log p(x|z), once with z the posterior's mean and once with z drawn from the
    /// posterior.
    /// </summary>
    /// <param name="model">The model; items must be on its device.</param>
    /// <param name="data">The items.</param>
    /// <param name="options">Samples, batch size and seed; null for the defaults.</param>
    /// <param name="progress">Told the fraction done, after every batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">There are no items, or items outside the likelihood's support,
    /// or of another size than the model's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="ArithmeticException">The figure of an item is not finite; the message names the item.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ReconstructionError Reconstruction(
        Vae model, DataSource data, ReconstructionOptions? options = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        RequireItems(model, data);
        options = (options ?? new()).Validated();
        using var mode = EvaluationMode.Enter(model);
        using var seed = SeedScope.Begin(options.Seed);
        var size = Shape.Size(data.ItemShape);
        var (atMean, sampled) = (new ReconstructionTally(size), new ReconstructionTally(size));
        foreach (var batch in data.InOrder(options.BatchSize, options.Seed))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var posterior = model.EncodeOfChecked(batch.Items);
            var likelihood = model.DecodeOfChecked(posterior.Mean);
            likelihood.RequireInSupport(batch.Items, atMean.Count, nameof(data));
            atMean.Add(likelihood, batch.Items);
            sampled.Add(model.DecodeOfChecked(posterior.RSample(options.Samples)), batch.Items);
            progress?.Report((double)atMean.Count / data.Count);
        }
        return new(atMean.Result(), sampled.Result(), atMean.Count, options.Samples, options.Seed);
    }
}
