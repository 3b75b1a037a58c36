using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>The rows of a batch by whether their label is known.</summary>
/// <param name="Labelled">Items whose label is known, or null when there are none.</param>
/// <param name="Classes">Their classes <c>[N]</c>, or null.</param>
/// <param name="Unlabelled">Items whose label is hidden, or null when there are none.</param>
internal readonly record struct MixedRows(torch.Tensor? Labelled, torch.Tensor? Classes, torch.Tensor? Unlabelled)
{
    /// <summary>What stands in a label tensor where the label is hidden.</summary>
    internal const long Hidden = -1;

    internal static MixedRows Of(Batch batch, LabelSpace labels)
    {
        if (batch.Labels is not { } classes)
            return new(null, null, batch.Items);
        var values = LabelSpace.Values(classes);
        Require(values, labels);
        var known = Places(values, label => label != Hidden);
        if (known.Length == values.Length)
            return new(batch.Items, classes, null);
        if (known.Length == 0)
            return new(null, null, batch.Items);
        var (shown, hidden) = (Index(known, classes), Index(Places(values, label => label == Hidden), classes));
        return new(batch.Items.index_select(0, shown), classes.index_select(0, shown), batch.Items.index_select(0, hidden));
    }

    private static void Require(long[] values, LabelSpace labels)
    {
        if (LabelSpace.FindUnknown(values, labels.Count, Hidden) is var bad and >= 0)
            throw new ArgumentException($"the label of row {bad} is {values[bad]}; there are classes 0 to {labels.Count - 1}, "
                + $"and {Hidden} for a hidden one", nameof(labels));
    }

    private static long[] Places(long[] values, Predicate<long> which)
        => [.. Enumerable.Range(0, values.Length).Where(i => which(values[i])).Select(i => (long)i)];

    private static torch.Tensor Index(long[] places, torch.Tensor like) => torch.tensor(places, dtype: torch.int64, device: like.device);
}
