using TorchSharp;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>
/// For some held-out volumes the slice with most of the structure: the image, with the truth in green, with the prediction in red,
/// and the entropy.
/// </summary>
internal static class SlicePicture
{
    private const float Tint = 0.6f;
    private static readonly float[] s_green = [0, 1, 0];
    private static readonly float[] s_red = [1, 0, 0];

    public static void Save(string path, Patients patients, SegmentationPrediction prediction, int rows)
    {
        using var scope = torch.NewDisposeScope();
        var (truths, labels, panels) = (patients.HeldOutMasks(), prediction.Labels(), new List<torch.Tensor>());
        for (var i = 0; i < rows; i++)
        {
            var slice = truths[i].flatten(1).sum(dim: 1).argmax().ToInt64();
            var grey = Grey(patients.HeldOutImages[i, 0, slice]);
            var entropy = (prediction.Entropy[i, slice] / Math.Log(2)).clamp(0, 1).expand(3, -1, -1);
            panels.AddRange([grey, Tinted(grey, truths[i, slice], s_green), Tinted(grey, labels[i, slice], s_red), entropy]);
        }
        // Rows of a tensor run to the front, those of a picture down.
        ImageGrid.Save(path, torch.stack(panels).flip(2), columns: 4, scale: 4);
    }

    // z-scores of −2.5 to 2.5 from black to white.
    private static torch.Tensor Grey(torch.Tensor slice) => (slice / 5 + 0.5).clamp(0, 1).expand(3, -1, -1);

    private static torch.Tensor Tinted(torch.Tensor grey, torch.Tensor mask, float[] colour)
    {
        var weight = mask.to(torch.float32) * Tint;
        return grey * (1 - weight) + torch.tensor(colour).reshape(3, 1, 1) * weight;
    }
}
