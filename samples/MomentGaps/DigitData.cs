using TorchSharp;

namespace VaeToolkit.Samples;

/// <summary>The images of one digit.</summary>
internal static class DigitData
{
    public static TensorData Select(ImageData images, int digit)
    {
        using var scope = torch.NewDisposeScope();
        var kept = new List<torch.Tensor>();
        foreach (var batch in images.InOrder(1_000))
        {
            var labels = batch.Labels
                ?? throw new ArgumentException("the images have no labels, so no digit can be selected", nameof(images));
            kept.Add(batch.Items.index_select(0, labels.eq(digit).nonzero().squeeze(1)).flatten(1));
        }
        return new TensorData(torch.cat(kept));
    }

    /// <summary>Every sixth image, or the others.</summary>
    public static TensorData Sixths(TensorData images, bool held)
    {
        using var scope = torch.NewDisposeScope();
        var rows = torch.cat([.. images.InOrder(1_000).Select(batch => batch.Items.alias())]);
        var sixth = torch.arange(rows.shape[0], dtype: torch.int64).remainder(6).eq(0);
        return new TensorData(rows.index_select(0, (held ? sixth : sixth.logical_not()).nonzero().squeeze(1)));
    }
}
