using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>Predictions of networks for volumes that are too large for one pass.</summary>
public static class WindowedSegmentation
{
    /// <summary>
    /// Predicts a volume window by window, with T draws of a Bayesian network's weights, each of which all windows share. Runs in
    /// evaluation mode without gradients; the caller's random numbers and the network's modes are left as they were.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="image">The image, with as many channels as the network takes.</param>
    /// <param name="windows">Windows, their overlap and weights, and how many are computed together.</param>
    /// <param name="samples">T, at least 1; 1 uses the means. A deterministic network has one.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="progress">Is told which part is done.</param>
    /// <param name="cancellationToken">Stops between batches of windows.</param>
    /// <returns>Mean probabilities and maps of uncertainty on the image's grid.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than one sample.</exception>
    /// <exception cref="ArgumentException">The image has another number of channels, or holds NaN or infinity, or windows are too small.
    /// </exception>
    /// <exception cref="ArithmeticException">The answer for a voxel is NaN, since the image's values are too large for the network.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static UncertaintyMaps Predict(
        SegmentationNetwork network,
        Volume<float> image,
        SlidingWindowOptions windows,
        int samples = 10,
        long seed = 0,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(windows);
        Shape.RequirePositive(samples, "the number of samples", nameof(samples));
        RequireFinite(image);
        using var evaluation = EvaluationMode.Enter(network);
        using var random = NoiseSource.Begin(network, seed);
        var (passes, predictions) = (network is BayesianUNet3d ? samples : 1, new List<Volume<float>>());
        for (var pass = 0; pass < passes; pass++)
        {
            using var draw = PredictionMode.Enter(network, passes);
            predictions.Add(Answered(image, SlidingWindow.Predict(
                batch => Segmentation.Probabilities(network, Like(network, batch)), image, windows, cancellationToken: cancellationToken)));
            progress?.Report((pass + 1.0) / passes);
        }
        return UncertaintyMaps.Of([.. predictions.Select(prediction => prediction.Select(p => Math.Clamp(p, 0, 1)))]);
    }

    private static Volume<float> Answered(Volume<float> image, Volume<float> prediction)
        => FirstNonFinite(prediction.Values) is >= 0 and var bad ? throw new ArithmeticException(FormattableString.Invariant(
            $"{image.Name}: the answer at index {bad} is {prediction.Values[bad]}: the voxels' values are too large for the network, ")
            + "or the weights are not finite") : prediction;

    private static torch.Tensor Like(SegmentationNetwork network, torch.Tensor batch)
    {
        var weights = network.parameters().First();
        return batch.to(weights.dtype, weights.device);
    }

    private static void RequireFinite(Volume<float> image)
    {
        if (FirstNonFinite(image.Values) is >= 0 and var bad)
            throw new ArgumentException(FormattableString.Invariant(
                $"{image.Name}: the voxel at index {bad} is {image.Values[bad]}; mask or replace such values first"), nameof(image));
    }

    private static int FirstNonFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }
        return -1;
    }
}
