using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>Predictions of segmentation networks, with their uncertainty.</summary>
public static class Segmentation
{
    /// <summary>
    /// Predicts volumes: the mean of the class probabilities over T draws of the weights, each of which all volumes and voxels share. Noise
    /// of local reparameterisation would be independent for each voxel and its maps of uncertainty wrong. Runs in evaluation mode without
    /// gradients; the caller's random numbers and the network's modes are left as they were.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="volumes">Volumes <c>[N, C, D, H, W]</c>.</param>
    /// <param name="options">Samples, batch size, seed and ranks; null for the defaults.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>Probabilities and maps, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The volumes do not fit the network, hold NaN or infinity, or there are none; or ranks that
    /// divide them do not have the same weights, volumes and options.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for a volume is NaN, since its values are too large for the network; it is named.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentationPrediction Predict(
        SegmentationNetwork network, torch.Tensor volumes, SegmentationPredictionOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(volumes);
        var given = options ?? new();
        RankedRun.Agree(given.Exchange, () =>
        {
            if (volumes.Dimensions != 5 || volumes.shape[0] == 0)
                throw new ArgumentException(
                    $"volumes have shape {Shape.Text(volumes)}; they must be [N, C, D, H, W] with at least one volume", nameof(volumes));
            Shape.RequireFinite(volumes, nameof(volumes));
            given.Validated();
        });
        return RankedRun.Evaluate(
            given.Exchange, network, () => Facts(volumes, given), () => given.Exchange is { Size: > 1 } exchange
                ? Divided(network, volumes, given, exchange, progress, cancellationToken)
                : PredictSome(network, volumes, firstItem: 0, given, progress, cancellationToken));
    }

    private static SegmentationPrediction Divided(
        SegmentationNetwork network, torch.Tensor volumes, SegmentationPredictionOptions options, IExchange exchange,
        IProgress<double>? progress, CancellationToken token)
    {
        var shares = new VolumeShares(exchange, volumes.shape[0], options.BatchSize);
        SegmentationPrediction? own = null;
        try
        {
            RankedRun.Agree(exchange, () =>
            {
                using var mine = shares.Own(volumes);
                own = PredictSome(network, mine, shares.First, options, progress, token);
            });
            return shares.Collect(own!);
        }
        finally
        {
            own?.Dispose();
        }
    }

    private static SegmentationPrediction PredictSome(
        SegmentationNetwork network, torch.Tensor volumes, long firstItem, SegmentationPredictionOptions options,
        IProgress<double>? progress, CancellationToken token)
    {
        using var evaluation = EvaluationMode.Enter(network);
        using var seed = NoiseSource.Begin(network, options.Seed);
        using var scope = torch.NewDisposeScope();
        var samples = network is BayesianUNet3d ? options.Samples : 1;
        var tally = new PredictionTally(samples);
        for (var sample = 0; sample < samples; sample++)
        {
            using var draw = PredictionMode.Enter(network, samples);
            tally.Add(PassOver(
                network, volumes, firstItem, options.BatchSize, fraction => progress?.Report((sample + fraction) / samples), token));
        }
        return tally.Result();
    }

    private static Dictionary<string, string> Facts(torch.Tensor volumes, SegmentationPredictionOptions options) => new(
        OptionText.ByName(options with { Exchange = null }))
    {
        ["volumes"] = $"{Shape.Text(volumes)} {volumes.dtype}, SHA-256 {DataFingerprint.Of(volumes)}",
    };

    private static torch.Tensor PassOver(
        SegmentationNetwork network, torch.Tensor volumes, long firstItem, int batchSize, Action<double> report, CancellationToken token)
    {
        using var scope = torch.NewDisposeScope();
        var count = volumes.shape[0];
        var parts = new List<torch.Tensor>();
        for (var start = 0L; start < count; start += batchSize)
        {
            token.ThrowIfCancellationRequested();
            parts.Add(Probabilities(network, volumes.narrow(0, start, Math.Min(batchSize, count - start)), batchSize));
            report((double)Math.Min(start + batchSize, count) / count);
        }
        return Shape.RequireAnswers(torch.cat(parts), nameof(volumes), firstItem).MoveToOuterDisposeScope();
    }

    /// <summary>Class probabilities <c>[N, Y, D, H, W]</c> of a batch.</summary>
    internal static torch.Tensor Probabilities(SegmentationNetwork network, torch.Tensor batch)
    {
        using var scope = torch.NewDisposeScope();
        var logits = network.forward(batch);
        return (network.Options.Classes == 1 ? logits.sigmoid() : logits.softmax(1)).MoveToOuterDisposeScope();
    }

    // A batch that is not full is filled up with its first volume: libtorch's fast convolution wants two.
    private static torch.Tensor Probabilities(SegmentationNetwork network, torch.Tensor batch, int size)
    {
        using var scope = torch.NewDisposeScope();
        var count = batch.shape[0];
        var full = count == size ? batch : torch.cat([batch, batch.narrow(0, 0, 1).expand(size - count, -1, -1, -1, -1)]);
        return Probabilities(network, full).narrow(0, 0, count).MoveToOuterDisposeScope();
    }
}
