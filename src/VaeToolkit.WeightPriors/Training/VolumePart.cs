using System.Reflection;
using VaeToolkit.Training;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Which volumes of every batch this process takes, and what changes them: of several ranks each takes its own, unless the augmentation is
/// not one of the library's, of which it is known that they change each volume by itself, with numbers that follow those of the volumes
/// before it. Such a one gets the whole batch on all ranks.
/// </summary>
/// <param name="First">The first, from 0.</param>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Augment">What changes them; null for nothing.</param>
internal sealed record VolumePart(int First, int Count, VolumeAugmentation? Augment)
{
    private static readonly MethodInfo s_intensity = Method(VolumeAugmentations.Intensity);
    private static readonly MethodInfo s_flips = Method(LabelSymmetry.Symmetric.FlipAndIntensity);

    internal static VolumePart Of(SegmentationTrainingOptions options)
    {
        var (first, count) = RankedRun.PartOf(options.Exchange, options.BatchSize);
        if (count == options.BatchSize || options.Augmentation is not { } whole)
            return new((int)first, (int)count, options.Augmentation);
        return OfSome(whole, (int)first) is { } own ? new((int)first, (int)count, own) : new(0, options.BatchSize, whole);
    }

    /// <summary>The volumes that this process takes of all of a batch.</summary>
    internal IReadOnlyList<int> Among(IReadOnlyList<int> all) => [.. all.Skip(First).Take(Count)];

    private static VolumeAugmentation? OfSome(VolumeAugmentation whole, int before) => whole switch
    {
        { HasSingleTarget: false } => null,
        { Target: Augmentation own, Method.Name: nameof(Augmentation.Apply) }
            => (volumes, labels, seed) => own.Apply(volumes, labels, seed, before),
        { Target: LabelSymmetry symmetry } when whole.Method == s_flips
            => (volumes, labels, seed) => VolumeAugmentations.Change(symmetry, volumes, labels, seed, before),
        _ when whole.Method == s_intensity
            => (volumes, labels, seed) => VolumeAugmentations.Change(null, volumes, labels, seed, before),
        _ => null,
    };

    private static MethodInfo Method(VolumeAugmentation augmentation) => augmentation.Method;
}
