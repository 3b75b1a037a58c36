using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Trains source networks: each of M starts at random, is trained on a bootstrap sample of the volumes, and leaves a snapshot at the end of
/// every cycle of the learning rate (Huang et al. 2017; Kuzina et al. 2019).
/// </summary>
public static class SourceTraining
{
    /// <summary>
    /// Looks at all volumes once, then trains the networks that a folder lacks and adds their snapshots to it. A run that was killed or
    /// cancelled goes on with the first network that it had not finished, and ends with the same snapshots as one that was not. It must
    /// have the same network, training, loss (<see cref="SegmentationLoss.ToString"/>), augmentation (its method and the ranges of
    /// this library's own) and data (all names, and the content of at most eight volumes from the first to the last).
    /// </summary>
    /// <param name="network">The networks' shape.</param>
    /// <param name="data">The source's volumes; not disposed.</param>
    /// <param name="options">How many networks, and how they are trained.</param>
    /// <param name="folder">The snapshot set's folder; made if it is not there.</param>
    /// <param name="progress">Told every step: the network's number and the step.</param>
    /// <param name="cancellationToken">Stops the run; networks that were finished are kept.</param>
    /// <returns>The set, with all networks.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or a volume has a label for which
    /// the networks have no class.</exception>
    /// <exception cref="CheckpointException">
    /// The folder is of a run with other settings, which the message names; of an earlier version, which did not record them all;
    /// or damaged.
    /// </exception>
    /// <exception cref="NonFiniteVolumeException">A volume holds NaN or infinite values.</exception>
    /// <exception cref="NonFiniteLossException">The loss is not finite though the volumes are, or a parameter after a cycle.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SnapshotSet Run(
        UNet3dOptions network, SegmentationSource data, SourceTrainingOptions options, string folder,
        IProgress<(int Network, StepResult Step)>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        network = network.Validated();
        options = options.Validated();
        options.Training.RequireAlone(nameof(SourceTraining));
        var set = SnapshotSet.OpenOrBegin(folder, SnapshotManifest.Of(network, data, options));
        int[] missing = [.. Enumerable.Range(0, options.Networks).Except(set.Snapshots.Select(snapshot => snapshot.Network))];
        // A later network's sample may be the first to have a volume that cannot be learned from.
        if (missing.Length > 0)
            new CheckedSource(data, network.Classes, torch.float32).RequireAll([.. Enumerable.Range(0, data.Count)], cancellationToken);
        foreach (var number in missing)
            set = set.With(TrainOne(network, data, options, folder, number, progress, cancellationToken));
        return set;
    }

    /// <summary>N of N indices drawn with replacement, as a function of the seed.</summary>
    internal static int[] Bootstrap(int count, long seed)
    {
        var random = SplitMix64.For(seed, 2);
        var drawn = new int[count];
        for (var i = 0; i < count; i++)
            drawn[i] = random.Below(count);
        return drawn;
    }

    private static List<Snapshot> TrainOne(
        UNet3dOptions shape, SegmentationSource data, SourceTrainingOptions options, string folder, int number,
        IProgress<(int, StepResult)>? progress, CancellationToken token)
    {
        var training = options.Training with { Seed = options.Training.Seed + number };
        var sample = Bootstrap(data.Count, training.Seed);
        int[] outOfBag = [.. Enumerable.Range(0, data.Count).Except(sample)];
        using var seed = SeedScope.Begin(training.Seed);
        using var network = new UNet3d(shape).to(data.Device);
        var snapshots = new List<Snapshot>();
        var run = SegmentationTraining.Run(
            network, new SegmentationObjective(options.Loss), data, sample, training, Keep,
            progress is null ? null : new StepProgress(number, progress), token);
        if (run.Reason == StopReason.Cancelled)
            throw new OperationCanceledException(token);
        return snapshots;

        void Keep(int cycle)
        {
            if (cycle < options.DiscardFirstCycles)
                return;
            var file = FormattableString.Invariant($"network-{number:D3}-cycle-{cycle}.safetensors");
            network.SaveWeights(Path.Combine(folder, file));
            double? score = outOfBag.Length == 0 ? null : ForegroundDice.Of(network, data, outOfBag, new(), token).Average();
            snapshots.Add(new(number, cycle, training.Seed, file, score));
        }
    }

    private sealed class StepProgress(int number, IProgress<(int, StepResult)> target) : IProgress<StepResult>
    {
        public void Report(StepResult value) => target.Report((number, value));
    }
}
