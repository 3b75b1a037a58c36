using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Another source's volumes; the first time each is taken, a network of so many classes must have one for each of its labels. Losses take
/// labels as they come: with one channel a label of 2 would make a cross-entropy without a lower bound. Volumes come in the network's type.
/// </summary>
internal sealed class CheckedSource(SegmentationSource source, long classes, torch.ScalarType type) : SegmentationSource
{
    private readonly HashSet<int> _seen = [];

    public override int Count => source.Count;

    public override torch.Device Device => source.Device;

    public override IReadOnlyList<string> Warnings => source.Warnings;

    public override string NameOf(int index) => source.NameOf(index);

    /// <summary>Takes every volume once, so that one that cannot be learned from is found before the first step.</summary>
    /// <exception cref="NonFiniteVolumeException">Volumes hold NaN or infinite values; the message names all of them.</exception>
    /// <exception cref="ArgumentException">A volume has a label for which there is no class.</exception>
    /// <returns>What there is of them; null where there was no time to look at all.</returns>
    public VolumeRange? RequireAll(IReadOnlyList<int> volumes, CancellationToken cancellationToken)
    {
        List<string> bad = [];
        VolumeRange? range = null;
        foreach (var index in volumes.Distinct().TakeWhile(_ => !cancellationToken.IsCancellationRequested))
        {
            using var batch = Take([index]);
            using var scope = torch.NewDisposeScope();
            if (!batch.Items.isfinite().all().ToBoolean())
                bad.Add(NameOf(index));
            range = VolumeRange.Of(batch).With(range);
        }
        if (bad.Count > 0)
            throw new NonFiniteVolumeException(bad);
        return cancellationToken.IsCancellationRequested ? null : range;
    }

    public override Batch Take(IReadOnlyList<int> indices)
    {
        var batch = source.Take(indices);
        try
        {
            for (var i = 0; i < indices.Count && batch.Labels is { } labels; i++)
            {
                if (_seen.Add(indices[i]))
                    RequireClasses(labels, i, NameOf(indices[i]));
            }
            return Converted(batch);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private Batch Converted(Batch batch)
    {
        if (batch.Items.dtype == type)
            return batch;
        using var taken = batch;
        using var scope = torch.NewDisposeScope();
        return new(taken.Items.to(type), taken.Labels?.alias());
    }

    private void RequireClasses(torch.Tensor labels, int index, string name)
    {
        using var scope = torch.NewDisposeScope();
        var own = labels[index];
        var (least, most, highest) = (own.min().ToInt64(), own.max().ToInt64(), Math.Max(1, classes - 1));
        if (least < 0 || most > highest)
        {
            throw new ArgumentException(
                $"volume '{name}' has the label {(least < 0 ? least : most)}; a network with Classes = {classes} takes 0 to {highest}: "
                + $"merge labels, such as label > 0 ? 1 : 0, or have a class for each{(least < 0 ? "" : $", Classes = {most + 1}")}");
        }
    }
}
