using System.Globalization;
using TorchSharp;

namespace VaeToolkit.SemiSupervised;

/// <summary>Checks label rows where they enter.</summary>
internal static class LabelRows
{
    private const double SumTolerance = 1e-4;

    /// <summary>Requires label rows <c>[N, Y]</c>, one for every item.</summary>
    internal static void Require(torch.Tensor labels, long count, long size, string name)
    {
        ArgumentNullException.ThrowIfNull(labels, name);
        if (labels.Dimensions != 2 || labels.shape[0] != count || labels.shape[1] != size)
            throw new ArgumentException(
                $"the label rows have shape {Shape.Text(labels)}; they must be [{count}, {size}], one for every item", name);
    }

    /// <summary>Requires label rows <c>[C, Y]</c>, however many.</summary>
    internal static void Require(torch.Tensor labels, long size, string name)
    {
        ArgumentNullException.ThrowIfNull(labels, name);
        if (labels.Dimensions != 2 || labels.shape[1] != size)
            throw new ArgumentException(
                $"the label rows have shape {Shape.Text(labels)}; they must be [C, {size}], one for every label", name);
    }

    /// <summary>
    /// Requires rows <c>[C, Y]</c> of numbers of at least 0, those of each of a label's things summing to 1. Reads the tensor.
    /// </summary>
    internal static void RequireProbabilities(torch.Tensor labels, LabelSpace space, string name)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var (thing, part) in space.Parts(labels).Index())
        {
            var sums = part.sum(-1);
            var fits = (sums - 1).abs().le(SumTolerance).logical_and(part.ge(0).all(-1)).cpu();
            var bad = fits.bytes.IndexOf((byte)0);
            if (bad < 0)
                continue;
            var where = space.Sizes.Count == 1 ? ""
                : FormattableString.Invariant($" over the {space.Sizes[thing]} classes of thing {thing}");
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"label row {bad} sums to {sums[bad].ToDouble()}{where}, its least "
                    + $"number is {part[bad].min().ToDouble()}; numbers must be at least 0 and sum to 1"), name);
        }
    }
}
