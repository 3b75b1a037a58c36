using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The Dice coefficient 2TP / (2TP + FP + FN) of the foreground, all labels above 0 together, of each volume; 1 where both are empty.
/// </summary>
internal static class ForegroundDice
{
    internal static double[] Of(SegmentationNetwork network, SegmentationSource data, IReadOnlyList<int> volumes,
        SegmentationPredictionOptions options, CancellationToken token)
        => [.. volumes.Chunk(options.BatchSize).SelectMany(chunk => OfBatch(network, data, chunk, options, token))];

    private static double[] OfBatch(
        SegmentationNetwork network, SegmentationSource data, int[] chunk, SegmentationPredictionOptions options, CancellationToken token)
    {
        using var scope = torch.NewDisposeScope();
        using var batch = data.Take(chunk);
        var volumes = batch.Items.to(network.parameters().First().dtype);
        using var prediction = Segmentation.Predict(network, volumes, options, cancellationToken: token);
        var (predicted, actual) = (prediction.Labels().gt(0).flatten(1), batch.Labels!.gt(0).flatten(1));
        var both = predicted.logical_and(actual).sum(dim: 1).cpu().data<long>().ToArray();
        var sizes = (predicted.sum(dim: 1) + actual.sum(dim: 1)).cpu().data<long>().ToArray();
        return [.. both.Zip(sizes, (common, size) => size == 0 ? 1.0 : 2.0 * common / size)];
    }
}
