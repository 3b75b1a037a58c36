namespace VaeToolkit.Training;

/// <summary>What becomes of an epoch's last batch when it has fewer items than the others.</summary>
public enum LastBatch
{
    /// <summary>It is a step of its own.</summary>
    Keep,

    /// <summary>It is left out; which items that are differs from epoch to epoch.</summary>
    Drop,

    /// <summary>It goes with the batch before it, in one step. Where both say how many of their items are labelled
    /// (<see cref="Batch.LabelledItems"/>), those of both come first.</summary>
    Merge,
}
