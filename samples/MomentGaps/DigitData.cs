using TorchSharp;
using VaeToolkit.Data;

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
            var labels = batch.Labels ?? throw new ArgumentException("the images have no labels, so no digit can be selected", nameof(images));
            kept.Add(batch.Items.index_select(0, labels.eq(digit).nonzero().squeeze(1)).flatten(1));
        }
        return new TensorData(torch.cat(kept));
    }
}
