namespace VaeToolkit.Volumes;

/// <summary>
/// What several predictions of one volume, made with different weight samples, say together. One channel is the probability of foreground;
/// several channels are the probabilities of classes.
/// </summary>
public sealed class UncertaintyMaps
{
    private UncertaintyMaps(Volume<float> mean, Volume<float> deviation, Volume<float> entropy, Volume<float> mutualInformation) =>
        (Mean, StandardDeviation, Entropy, MutualInformation) = (mean, deviation, entropy, mutualInformation);

    /// <summary>The mean probability p̄, channel by channel: what is thresholded for the segmentation.</summary>
    public Volume<float> Mean { get; }

    /// <summary>The standard deviation over predictions, divided by their number, channel by channel.</summary>
    public Volume<float> StandardDeviation { get; }

    /// <summary>The entropy of p̄ in nats, one channel: all uncertainty.</summary>
    public Volume<float> Entropy { get; }

    /// <summary>
    /// The entropy of p̄ minus the mean entropy of the predictions, in nats, one channel:
    /// the part that is due to not knowing the weights (Houlsby et al. 2011).
    /// </summary>
    public Volume<float> MutualInformation { get; }

    /// <summary>Brings predictions together.</summary>
    /// <param name="predictions">At least one, all with the same channels on the same grid.</param>
    /// <exception cref="ArgumentException">There is none, or they differ in grid or channels, or a value is not in [0, 1].</exception>
    public static UncertaintyMaps Of(IReadOnlyList<Volume<float>> predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        Check(predictions);
        var first = predictions[0];
        var (mean, squares) = (new double[first.Data.Length], new double[first.Data.Length]);
        var meanEntropy = new double[first.Size.Count];
        foreach (var (seen, prediction) in predictions.Index())
        {
            // After Welford (1962): a mean of squares less the square of a mean would leave rounding of a voxel that does not vary.
            for (var i = 0; i < mean.Length; i++)
            {
                var difference = prediction.Data[i] - mean[i];
                mean[i] += difference / (seen + 1);
                squares[i] += difference * (prediction.Data[i] - mean[i]);
            }
            AddEntropy(i => prediction.Data[i], prediction.Channels, meanEntropy, 1.0 / predictions.Count);
        }
        var entropy = new double[meanEntropy.Length];
        AddEntropy(i => mean[i], first.Channels, entropy, 1);
        return new(
            first.With(ToFloats(mean)),
            first.With(ToFloats(squares.Select(square => Math.Sqrt(square / predictions.Count)))),
            new(first.Grid, ToFloats(entropy), name: first.Name),
            new(first.Grid, ToFloats(entropy.Zip(meanEntropy, (whole, within) => Math.Max(0, whole - within))), name: first.Name));
    }

    /// <summary>Of each map its mean and largest value.</summary>
    public override string ToString() => Mean + Environment.NewLine + TextTable.Of(
    [
        ["", "mean", "most"], Row("probability", Mean), Row("standard deviation", StandardDeviation), Row("entropy, nats", Entropy),
        Row("mutual information, nats", MutualInformation),
    ]);

    private static string[] Row(string name, Volume<float> map) =>
        ["  " + name, TextTable.Number(map.Data.Average(value => (double)value)), TextTable.Number(map.Data.Max())];

    private static void AddEntropy(Func<int, double> probability, int channels, double[] entropy, double weight)
    {
        for (var i = 0; i < channels * entropy.Length; i++)
        {
            var p = probability(i);
            entropy[i % entropy.Length] += weight * (channels == 1 ? Term(p) + Term(1 - p) : Term(p));
        }

        static double Term(double p) => p > 0 ? -p * Math.Log(p) : 0;
    }

    private static float[] ToFloats(IEnumerable<double> values) => [.. values.Select(value => (float)value)];

    private static void Check(IReadOnlyList<Volume<float>> predictions)
    {
        if (predictions.Count == 0)
            throw new ArgumentException("There are no predictions.", nameof(predictions));
        var first = predictions[0];
        foreach (var (i, prediction) in predictions.Index())
        {
            if (prediction.Channels != first.Channels || !prediction.Grid.Matches(first.Grid))
                throw new ArgumentException($"Prediction {i} differs from the first in grid or channels.", nameof(predictions));
            var bad = Array.FindIndex(prediction.Data, p => !(p is >= 0 and <= 1));
            if (bad >= 0)
                throw new ArgumentException(
                    FormattableString.Invariant($"Prediction {i}: value {bad} is {prediction.Data[bad]}, which is no probability."),
                    nameof(predictions));
        }
    }
}
