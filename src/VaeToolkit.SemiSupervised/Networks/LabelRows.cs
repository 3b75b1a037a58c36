using TorchSharp;

namespace VaeToolkit.SemiSupervised.Networks;

/// <summary>Checks label rows where they enter.</summary>
internal static class LabelRows
{
    private const double SumTolerance = 1e-4;

    /// <summary>Requires label rows <c>[N, Y]</c>.</summary>
    internal static void Require(torch.Tensor labels, long count, long size, string name)
    {
        ArgumentNullException.ThrowIfNull(labels, name);
        if (labels.Dimensions != 2 || labels.shape[0] != count || labels.shape[1] != size)
            throw new ArgumentException($"the label rows have shape {Shape.Text(labels)}; they must be [{count}, {size}], one for every item", name);
    }

    /// <summary>Requires rows of numbers of at least 0 that sum to 1, or to 2, 3, … where a label has several parts. Reads the tensor.</summary>
    internal static void RequireProbabilities(torch.Tensor labels, string name)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var sums = labels.sum(-1);
        var fits = (sums - sums.round().clamp_min(1)).abs().le(SumTolerance).logical_and(labels.ge(0).all(-1)).cpu();
        var bad = fits.bytes.IndexOf((byte)0);
        if (bad >= 0)
            throw new ArgumentException(FormattableString.Invariant($"label row {bad} sums to {sums[bad].ToDouble()}; the numbers of a row must be at least 0, and those of every label in it sum to 1"), name);
    }
}
