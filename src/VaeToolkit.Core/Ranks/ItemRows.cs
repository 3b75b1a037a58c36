namespace VaeToolkit;

/// <summary>Some consecutive items of more: which rows of the noise of all are theirs.</summary>
/// <param name="Total">Number of all items.</param>
/// <param name="Start">The first of them, from 0.</param>
/// <param name="Count">How many.</param>
internal readonly record struct ItemRows(long Total, long Start, long Count)
{
    /// <summary>The share of one of several ranks: consecutive items, as many for each as can be, give or take one.</summary>
    internal static ItemRows Of(long total, int rank, int ranks)
    {
        var start = total * rank / ranks;
        return new(total, start, (total * (rank + 1) / ranks) - start);
    }

    /// <summary>
    /// These, or where they are none the first of all, as a placeholder: a rank without an item has to say what all say, and to draw what
    /// all draw.
    /// </summary>
    internal ItemRows OrFirst => Count > 0 ? this : new(Total, 0, 1);

    /// <summary>Whether they are all.</summary>
    internal bool IsAll => Count == Total;

    internal long End => Start + Count;

    /// <summary>Those of a batch, as views of its tensors.</summary>
    internal Batch Of(Batch batch) => batch.Slice(Start - (batch.Part?.Start ?? 0), Count);
}
