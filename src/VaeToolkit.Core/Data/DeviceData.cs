using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// Items of another source on a device, a batch at a time: for data that are read from disk, or that a device has no room for. Those that
/// fit there at once, as <see cref="ImageData.To(torch.Device)"/> moves them, spare every step the copy. To an NVIDIA GPU a batch goes
/// from pinned memory, so that the GPU is not waited for.
/// </summary>
public sealed class DeviceData : DataSource
{
    private readonly DataSource _source;
    private readonly torch.Device _device;

    /// <summary>Takes items from another source, which stays the caller's and has to outlive this one.</summary>
    /// <param name="source">The items.</param>
    /// <param name="device">Where batches go, such as <c>torch.CUDA</c>.</param>
    /// <exception cref="ArgumentException">The device is <c>meta</c>, which keeps no values.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public DeviceData(DataSource source, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(source);
        DeviceName.RequireValues(device);
        using var there = DeviceName.Move(device, () => torch.empty([0L], device: device).DetachFromDisposeScope());
        (_source, _device) = (source, device);
    }

    /// <inheritdoc/>
    public override long Count => _source.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _source.ItemShape;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => _source.Settings;

    /// <inheritdoc/>
    public override string? Fingerprint() => _source.Fingerprint();

    /// <inheritdoc/>
    public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => Moved(_source.Batches(size, seed, epoch));

    /// <inheritdoc/>
    public override IEnumerable<Batch> InOrder(int size, long seed = 0) => Moved(_source.InOrder(size, seed));

    internal override IEnumerable<Batch> BatchesFor(RankGroup? ranks, int size, long seed, int epoch)
        => Moved(_source.BatchesFor(ranks, size, seed, epoch));

    internal override IEnumerable<Batch> InOrderFor(RankGroup? ranks, int size, long seed)
        => Moved(_source.InOrderFor(ranks, size, seed));

    /// <inheritdoc/>
    public override string NameOf(long position, int size) => _source.NameOf(position, size);

    /// <summary>Does nothing: the items are the caller's.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private IEnumerable<Batch> Moved(IEnumerable<Batch> batches)
    {
        foreach (var batch in batches)
        {
            using var moved = Moved(batch);
            yield return moved;
        }
    }

    private Batch Moved(Batch batch)
    {
        using var scope = torch.NewDisposeScope();
        return batch.In(PinnedCopy.To(batch.Items, _device), batch.Labels is { } labels ? PinnedCopy.To(labels, _device) : null);
    }
}
