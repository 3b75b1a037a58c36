using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>Probabilities and one-hot labels, both <c>[N, Y', V]</c>: voxels in one axis, Y' being 1 for one logit channel.</summary>
internal readonly record struct ClassProbabilities(torch.Tensor Predicted, torch.Tensor Actual)
{
    internal static ClassProbabilities Of(torch.Tensor logits, torch.Tensor labels, bool includeBackground)
    {
        var classes = logits.shape[1];
        var flat = logits.flatten(2);
        var y = labels.flatten(1).unsqueeze(1);
        if (classes == 1)
            return new(flat.sigmoid(), y.to(flat.dtype));
        var first = includeBackground ? 0 : 1;
        // Of truth values there is no range.
        var type = labels.dtype == torch.@bool ? torch.uint8 : labels.dtype;
        var indices = torch.arange(first, classes, dtype: type, device: labels.device).reshape(1, -1, 1);
        return new(flat.softmax(1).narrow(1, first, classes - first), y.eq(indices).to(flat.dtype));
    }

    /// <summary>
    /// Σ p y, Σ p and Σ y of each class <c>[Y']</c>, or of each volume and class <c>[N, Y']</c>; in float64, since they are over
    /// whole volumes.
    /// </summary>
    internal (torch.Tensor Both, torch.Tensor Predicted, torch.Tensor Actual) Sums(bool perVolume, bool squared)
    {
        long[] axes = perVolume ? [2] : [0, 2];
        return (Sum(Predicted * Actual), Sum(squared ? Predicted.square() : Predicted), Sum(Actual));

        torch.Tensor Sum(torch.Tensor terms) => terms.sum(axes, type: ItemSum.WideType(terms));
    }
}
