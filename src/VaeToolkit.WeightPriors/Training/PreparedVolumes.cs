using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The batches of a training, in the order of its steps: volumes that are taken, augmented and put on the network's device. Ahead, a thread
/// of its own prepares the next one while the device works at a step. Both give the same batches. Of several ranks each takes its own part
/// of a batch (<see cref="VolumePart"/>).
/// </summary>
/// <param name="data">The volumes.</param>
/// <param name="order">Which of them a step takes.</param>
/// <param name="options">How many steps there are, and how volumes are changed.</param>
/// <param name="device">Where the network is.</param>
internal sealed class PreparedVolumes(
    SegmentationSource data, VolumeOrder order, SegmentationTrainingOptions options, torch.Device device) : IDisposable
{
    private readonly VolumePart _part = VolumePart.Of(options);
    private readonly bool _ahead = options.PrepareAhead ?? device.type != DeviceType.CPU;
    private Task<PreparedBatch>? _next;

    /// <summary>The seed of what is drawn for a step beside the network's own noise.</summary>
    internal static long SeedOf(long seed, int step)
    {
        var stream = SplitMix64.For(seed, step, 1);
        return (long)stream.Next();
    }

    /// <summary>The batch of a step; steps are asked for one after another, and the caller disposes each.</summary>
    internal PreparedBatch Take(int step)
    {
        if (!_ahead)
            return Prepare(step);
        _next ??= Begin(step);
        PreparedBatch taken;
        try
        {
            taken = _next.GetAwaiter().GetResult();
        }
        finally
        {
            _next = null;
        }
        if (step + 1 < options.Steps)
            _next = Begin(step + 1);
        return taken;
    }

    /// <summary>What volumes of a batch that was taken are called that are not finite, those of other ranks included.</summary>
    internal IReadOnlyList<string> NonFinite(PreparedBatch batch)
    {
        // A source is asked by one thread at a time.
        if (_next is not null)
            Task.WhenAny(_next).GetAwaiter().GetResult();
        using var whole = batch.IsPart ? data.Take(batch.Chosen) : null;
        using var scope = torch.NewDisposeScope();
        var finite = (whole ?? batch.Taken).Items.isfinite().flatten(1).all(1).cpu();
        return [.. batch.Chosen.Where((_, i) => !finite[i].ToBoolean()).Select(data.NameOf).Distinct()];
    }

    /// <summary>Waits for a batch that is still under way, and drops it.</summary>
    public void Dispose()
    {
        if (_next is null)
            return;
        // One that fails is not missed: it was for a step that is not taken.
        Task.WhenAny(_next).GetAwaiter().GetResult();
        if (_next.IsCompletedSuccessfully)
            _next.Result.Dispose();
        _next = null;
    }

    // A thread of its own: one of the pool's might be the one that waits.
    private Task<PreparedBatch> Begin(int step)
        => Task.Factory.StartNew(() => Prepare(step), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private PreparedBatch Prepare(int step)
    {
        var chosen = order.At(step);
        using var scope = torch.NewDisposeScope();
        var taken = data.Take(_part.Among(chosen));
        try
        {
            if (_part.Augment is not { } augment)
                return new(taken, Moved(taken.Items, taken.Labels!), chosen);
            var (volumes, labels) = EngineError.In(
                taken.Items, () => "the augmentation", () => augment(taken.Items, taken.Labels!, SeedOf(options.Seed, step)));
            return new(taken, Moved(volumes, labels) ?? new Batch(volumes, labels), chosen);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    // Null where they are already.
    private Batch? Moved(torch.Tensor volumes, torch.Tensor labels)
        => volumes.device_type == device.type ? null : new(PinnedCopy.To(volumes, device), PinnedCopy.To(labels, device));
}

/// <summary>
/// The batch of a step: as it was taken, of several ranks perhaps this one's part alone, as it is trained on (null for the same), and the
/// indices of all its volumes.
/// </summary>
internal sealed record PreparedBatch(Batch Taken, Batch? Changed, IReadOnlyList<int> Chosen) : IDisposable
{
    /// <summary>Whether other ranks have taken the rest.</summary>
    internal bool IsPart => Taken.Size < Chosen.Count;

    /// <summary>What is trained on.</summary>
    internal Batch Batch => Changed ?? Taken;

    public void Dispose()
    {
        Taken.Dispose();
        Changed?.Dispose();
    }
}
