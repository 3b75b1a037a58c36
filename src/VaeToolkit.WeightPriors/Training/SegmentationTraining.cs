using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors;

/// <summary>Trains a segmentation network on some of the volumes of a source.</summary>
public static class SegmentationTraining
{
    /// <summary>
    /// Looks at all volumes once, then trains for a number of steps with Adam. The same seed, volumes and machine give the same losses on a
    /// CPU, bit for bit; torch's CPU generator is afterwards as it was before. Parameters that do not require gradients are left out of the
    /// optimiser.
    /// </summary>
    /// <typeparam name="TNetwork">The network's type.</typeparam>
    /// <param name="network">The network; batches are copied to its device where the volumes are elsewhere.</param>
    /// <param name="objective">What to minimise. It goes on counting where it stands.</param>
    /// <param name="data">The volumes, which are converted to the network's type; not disposed.</param>
    /// <param name="volumes">Indices of the volumes to train on; one that comes twice counts twice. Null for all.</param>
    /// <param name="options">How to train; null for the defaults.</param>
    /// <param name="cycleEnded">Called after the last step of every cycle with the cycle's number from 0,
    /// with the network as it then is.</param>
    /// <param name="progress">Told every step, in order, when it is read (<see cref="SegmentationTrainingOptions.StepsPerReading"/>).
    /// </param>
    /// <param name="cancellationToken">Stops the run before the next step; what was done is returned.</param>
    /// <exception cref="ArgumentException">There are no volumes to train on, or a volume has a label for which the network has no class:
    /// the message names both.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="NonFiniteVolumeException">A volume holds NaN or infinite values.</exception>
    /// <exception cref="PreFlightException">The objective's warm-up takes more steps than there are.</exception>
    /// <exception cref="NonFiniteLossException">The loss is not finite though the volumes are, or a parameter after the last step of a
    /// cycle, which has then not ended.</exception>
    public static SegmentationRun Run<TNetwork>(
        TNetwork network,
        NetworkObjective<TNetwork> objective,
        SegmentationSource data,
        IReadOnlyList<int>? volumes = null,
        SegmentationTrainingOptions? options = null,
        Action<int>? cycleEnded = null,
        IProgress<StepResult>? progress = null,
        CancellationToken cancellationToken = default)
        where TNetwork : SegmentationNetwork
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new();
        volumes ??= [.. Enumerable.Range(0, data.Count)];
        var source = new CheckedSource(data, network.Options.Classes, network.parameters().First().dtype);
        Dictionary<string, string> facts = [];
        RankedRun.Agree(options.Exchange, () =>
        {
            options.Validated();
            if (volumes.Count == 0)
                throw new ArgumentException("there are no volumes to train on", nameof(volumes));
            if (objective.WarmUpPlan?.ExplainUnfinished(objective.StepsTaken + options.Steps, objective.EpochsFinished + 1) is { } finding)
                throw new PreFlightException([finding]);
            if (source.RequireAll(volumes, cancellationToken) is { } range)
                TrainingRecord.Set(network, range.Record(objective));
            facts = Facts(objective, source, volumes, options);
        });
        return RankedRun.Of(
            options.Exchange, network, facts,
            () => Train(network, objective, source, volumes, options, cycleEnded, progress, cancellationToken), objective.Alongside);
    }

    private static SegmentationRun Train<TNetwork>(
        TNetwork network, NetworkObjective<TNetwork> objective, CheckedSource source, IReadOnlyList<int> volumes,
        SegmentationTrainingOptions options, Action<int>? cycleEnded, IProgress<StepResult>? progress, CancellationToken cancellationToken)
        where TNetwork : SegmentationNetwork
    {
        var isFirst = options.Exchange is not { Rank: > 0 };
        using var seed = SeedScope.Begin(options.Seed);
        // Ranks on threads share torch's own generator.
        using var noise = options.Exchange is { Size: > 1 } ? NoiseSource.Begin(network, options.Seed) : null;
        using var optimizer = NetworkOptimizer.Create(network, objective.OwnParameters, options);
        var state = new FiniteState(network, endsWithOneItem: false);
        var (schedule, steps) = (options.Schedule(), new List<StepResult>(options.Steps));
        var order = new VolumeOrder(volumes, options.BatchSize, options.Seed);
        using var prepared = new PreparedVolumes(source, order, options, network.parameters().First().device);
        using var unread = new UnreadSteps(network, Tell, options.StepsPerReading);
        for (var step = 0; step < options.Steps; step++)
        {
            if (RankedRun.Stops(options.Exchange, cancellationToken.IsCancellationRequested))
            {
                unread.Read();
                return new(StopReason.Cancelled, steps);
            }
            schedule.Apply(optimizer, step);
            using (var batch = prepared.Take(step))
                Named(objective, () => prepared.NonFinite(batch), () => Step(batch));
            if (schedule.EndsCycle(step))
                EndCycle(step);
        }
        return new(StopReason.Completed, steps);

        // Ranks learn from every step whether another has failed, so nothing is gained by reading its numbers later.
        void Step(PreparedBatch batch)
        {
            if (options.Exchange is { Size: > 1 } exchange)
                Tell(RankedRun.Step(network, objective, batch.Batch, optimizer, options.GradientClip, exchange,
                    batch.IsPart ? batch.Chosen.Count : null));
            else
                unread.Step(network, objective, batch.Batch, optimizer, options.GradientClip);
        }

        void Tell(StepResult step)
        {
            steps.Add(step);
            if (isFirst && progress is not null)
                Apart(steps.Count - 1, () => progress.Report(step));
        }

        // What the last step of a cycle has spoiled shows in no loss before the weights are kept.
        void EndCycle(int step)
        {
            unread.Read();
            RankedRun.Agree(options.Exchange, () => state.Require(step));
            RankedRun.Align(options.Exchange, network, objective.Alongside);
            if (isFirst && cycleEnded is not null)
                Apart(step, () => cycleEnded(step / schedule.CycleLength));
        }

        // What rank 0 alone draws must not move what all draw next.
        void Apart(int step, Action call)
        {
            using var own = noise is null ? null : NoiseSource.Begin(network, PreparedVolumes.SeedOf(options.Seed, step));
            call();
        }
    }

    // A step whose numbers are found out later has been counted, and its volumes are gone.
    private static void Named<TNetwork>(
        NetworkObjective<TNetwork> objective, Func<IReadOnlyList<string>> nonFinite, Action step)
        where TNetwork : SegmentationNetwork
    {
        try
        {
            step();
        }
        catch (NonFiniteLossException e) when (e.Step == objective.StepsTaken && nonFinite() is { Count: > 0 } bad)
        {
            var named = new NonFiniteVolumeException(bad, e.Term, e.Step, e);
            // Ranks have read the same numbers, and looked at the same volumes.
            if (e.Data.Contains(RankFailedException.OfAll))
                named.Data[RankFailedException.OfAll] = true;
            throw named;
        }
    }

    private static Dictionary<string, string> Facts<TNetwork>(
        NetworkObjective<TNetwork> objective, SegmentationSource data, IReadOnlyList<int> volumes, SegmentationTrainingOptions options)
        where TNetwork : SegmentationNetwork
    {
        if (options.Exchange is not { Size: > 1 })
            return [];
        var facts = new Dictionary<string, string>
        {
            // With its prior, where it has one.
            ["objective"] = objective.ToString() ?? objective.GetType().Name,
            ["steps taken"] = OptionText.Of(objective.StepsTaken),
            ["volumes"] = string.Join(' ', volumes),
            ["data"] = DataFingerprint.Of(data),
        };
        foreach (var (name, value) in objective.Settings)
            facts[$"{name} of the objective"] = value;
        foreach (var (name, value) in OptionText.ByName(options with { Exchange = null, PrepareAhead = null, StepsPerReading = null }))
            facts[name] = value;
        return facts;
    }
}
