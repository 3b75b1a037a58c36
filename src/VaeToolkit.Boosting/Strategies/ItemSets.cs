using TorchSharp;

namespace VaeToolkit.Boosting;

/// <summary>Items of a source in one tensor, and sources with more items.</summary>
internal static class ItemSets
{
    /// <summary>All items in stored order, <c>[N, *item]</c>.</summary>
    internal static torch.Tensor Read(TensorData data) => data.InOrder((int)data.Count).Select(batch => batch.Items.clone()).First();

    /// <summary>A source with the items of another and more; labels are left out.</summary>
    internal static TensorData Joined(TensorData data, torch.Tensor more)
    {
        using var scope = torch.NewDisposeScope();
        return new(torch.cat([Read(data), more.reshape([more.shape[0], .. data.ItemShape])]));
    }
}
