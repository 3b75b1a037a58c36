using TorchSharp;

namespace VaeToolkit;

/// <summary>Checks labels where they enter.</summary>
internal static class LabelTensor
{
    /// <summary>A fresh int64 handle on labels <c>[N]</c>, on the items' device.</summary>
    /// <exception cref="ArgumentException">They are not <c>[N]</c> integers.</exception>
    public static torch.Tensor Prepare(torch.Tensor labels, torch.Tensor items)
    {
        var count = items.shape[0];
        if (labels.shape.Length != 1 || labels.shape[0] != count)
            throw new ArgumentException(
                $"There must be one label for each of the {count} items, but the shape is {Shape.Text(labels.shape)}.",
                nameof(labels));
        if (labels.is_floating_point())
            throw new ArgumentException($"Labels must be integers, but are {labels.dtype}.", nameof(labels));
        return labels.detach().to(torch.int64, items.device);
    }
}
