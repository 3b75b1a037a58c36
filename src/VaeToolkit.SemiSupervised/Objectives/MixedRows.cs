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
        if (batch.LabelledItems is { } told && !LabelSpace.AreLookedAt(classes))
            return Divided(batch.Items, classes, told);
        var values = LabelSpace.Values(classes);
        Require(values, labels);
        if (batch.LabelledItems is { } count)
        {
            return ExplainNotAsTold(values, count) is not { } fault ? Divided(batch.Items, classes, count)
                : throw new ArgumentException(fault, nameof(batch));
        }
        var known = Places(values, label => label != Hidden);
        if (known.Length == values.Length)
            return new(batch.Items, classes, null);
        if (known.Length == 0)
            return new(null, null, batch.Items);
        var (shown, hidden) = (Index(known, classes), Index(Places(values, label => label == Hidden), classes));
        return new(batch.Items.index_select(0, shown), classes.index_select(0, shown), batch.Items.index_select(0, hidden));
    }

    /// <summary>Why a batch's labels are not as it says, or null.</summary>
    internal static string? ExplainNotAsTold(Batch batch) => batch is { LabelledItems: { } count, Labels: { } classes }
        ? ExplainNotAsTold(LabelSpace.Values(classes), count) : null;

    private static MixedRows Divided(torch.Tensor items, torch.Tensor classes, long labelled)
    {
        var hidden = items.shape[0] - labelled;
        return new(
            labelled > 0 ? items.narrow(0, 0, labelled) : null, labelled > 0 ? classes.narrow(0, 0, labelled) : null,
            hidden > 0 ? items.narrow(0, labelled, hidden) : null);
    }

    private static void Require(long[] values, LabelSpace labels)
    {
        if (LabelSpace.FindUnknown(values, labels.Count, Hidden) is var bad and >= 0)
            throw new ArgumentException($"the label of row {bad} is {values[bad]}; there are classes 0 to {labels.Count - 1}, "
                + $"and {Hidden} for a hidden one", nameof(labels));
    }

    private static string? ExplainNotAsTold(long[] values, long labelled)
    {
        var (known, first) = (values.Count(label => label != Hidden), Array.IndexOf(values, Hidden));
        return known == labelled && (first < 0 || first == labelled) ? null
            : $"the batch says that its first {labelled} items are labelled and no others; its labels say {known} are, "
                + $"the first hidden one at row {first}";
    }

    private static long[] Places(long[] values, Predicate<long> which)
        => [.. Enumerable.Range(0, values.Length).Where(i => which(values[i])).Select(i => (long)i)];

    private static torch.Tensor Index(long[] places, torch.Tensor like) => torch.tensor(places, dtype: torch.int64, device: like.device);
}
