using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>Labelled volumes of one shape, in memory or read when asked for.</summary>
public abstract class SegmentationSource
{
    /// <summary>Number of volumes.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// The device of the volumes and labels; the CPU unless a source says otherwise. Source and target training make their networks there.
    /// </summary>
    public virtual torch.Device Device => torch.CPU;

    /// <summary>
    /// What a person should look at of the volumes taken so far, such as labels that preparation cut away; empty for nothing.
    /// </summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>What a volume is called in messages.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    public abstract string NameOf(int index);

    /// <summary>The number of volumes, and what is odd about those taken so far.</summary>
    public override string ToString()
        => string.Join(Environment.NewLine, [FormattableString.Invariant($"{Count} volumes on {Device}"), .. Warnings]);

    /// <summary>Some volumes with their labels, in the order asked for; one may come twice.</summary>
    /// <param name="indices">From 0 to <see cref="Count"/> − 1.</param>
    /// <returns>Volumes <c>[N, C, D, H, W]</c> of the data's type, and labels <c>[N, D, H, W]</c> (int64): 0 and 1, or 0 to Y − 1 for Y
    /// classes. The caller disposes both.</returns>
    public abstract Batch Take(IReadOnlyList<int> indices);
}
