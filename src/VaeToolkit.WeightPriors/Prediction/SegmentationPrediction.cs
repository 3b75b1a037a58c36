using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// What a network predicts for N volumes, averaged over T weight samples, and how sure it is.
/// It owns its tensors, which belong to no dispose scope.
/// </summary>
public sealed class SegmentationPrediction : IDisposable
{
    internal SegmentationPrediction(
        torch.Tensor probabilities, torch.Tensor entropy, torch.Tensor information, torch.Tensor deviation,
        IReadOnlyList<long[]> foreground)
    {
        Probabilities = probabilities.DetachFromDisposeScope();
        Entropy = entropy.DetachFromDisposeScope();
        MutualInformation = information.DetachFromDisposeScope();
        StandardDeviation = deviation.DetachFromDisposeScope();
        ForegroundVoxels = foreground;
    }

    /// <summary>p̄, the mean over samples of the class probabilities, <c>[N, Y, D, H, W]</c>; of the foreground where Y = 1.</summary>
    public torch.Tensor Probabilities { get; }

    /// <summary>H(p̄), the predictive entropy of each voxel in nats, <c>[N, D, H, W]</c>.</summary>
    public torch.Tensor Entropy { get; }

    /// <summary>
    /// H(p̄) − mean H(p_t): what the weights' uncertainty adds, in nats, at least 0, <c>[N, D, H, W]</c>; 0 with one sample.
    /// </summary>
    public torch.Tensor MutualInformation { get; }

    /// <summary>The standard deviation over samples of each probability, <c>[N, Y, D, H, W]</c>; 0 with one sample.</summary>
    public torch.Tensor StandardDeviation { get; }

    /// <summary>
    /// Voxels of the foreground by sample and volume, <c>[T][N]</c>, each sample labelled by itself:
    /// the spread of the volume that a clinician asks for.
    /// </summary>
    public IReadOnlyList<long[]> ForegroundVoxels { get; }

    /// <summary>
    /// The labels: where Y = 1, 1 where p̄ is above one half, else the most probable class.
    /// <c>[N, D, H, W]</c>, int64, of the caller's dispose scope.
    /// </summary>
    public torch.Tensor Labels() => LabelsOf(Probabilities);

    /// <summary>
    /// A line a volume: voxels of the foreground (mean and range over samples), and the means over voxels of entropy and mutual information
    /// in nats.
    /// </summary>
    public override string ToString()
    {
        var (entropy, information) = (MeanOf(Entropy), MeanOf(MutualInformation));
        return FormattableString.Invariant($"{entropy.Length} volumes, {ForegroundVoxels.Count} weight samples{Environment.NewLine}")
            + TextTable.Of(
            [
                ["volume", "foreground", "least", "most", "entropy", "mutual information"],
                .. entropy.Select((mean, i) => Row(i, [.. ForegroundVoxels.Select(sample => sample[i])], mean, information[i])),
            ]);
    }

    private static string[] Row(int volume, long[] foreground, double entropy, double information) =>
    [
        TextTable.Number(volume, "F0"), TextTable.Number(foreground.Average(), "F0"), TextTable.Number(foreground.Min(), "F0"),
        TextTable.Number(foreground.Max(), "F0"), TextTable.Number(entropy), TextTable.Number(information),
    ];

    private static double[] MeanOf(torch.Tensor map)
    {
        using var scope = torch.NewDisposeScope();
        return map.detach().cpu().to(torch.float64).flatten(1).mean([1L]).data<double>().ToArray();
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        Probabilities.Dispose();
        Entropy.Dispose();
        MutualInformation.Dispose();
        StandardDeviation.Dispose();
    }

    internal static torch.Tensor LabelsOf(torch.Tensor probabilities)
        => probabilities.shape[1] == 1 ? probabilities.squeeze(1).gt(0.5).to(torch.int64) : probabilities.argmax(1);
}
