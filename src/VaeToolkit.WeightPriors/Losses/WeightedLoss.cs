using TorchSharp;

namespace VaeToolkit.WeightPriors;

internal sealed class WeightedLoss : SegmentationLoss
{
    private readonly (double Weight, SegmentationLoss Loss)[] _parts;

    internal WeightedLoss(IReadOnlyList<(double Weight, SegmentationLoss Loss)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
            throw new ArgumentException("a sum of losses needs at least one", nameof(parts));
        foreach (var (weight, loss) in parts)
        {
            LossWeight.Required(weight, nameof(weight));
            ArgumentNullException.ThrowIfNull(loss);
        }
        _parts = [.. parts];
    }

    public override string ToString()
        => $"sum({string.Join("; ", _parts.Select(part => FormattableString.Invariant($"{part.Weight} {part.Loss}")))})";

    public override bool IsDivisible => _parts.All(part => part.Weight == 0 || part.Loss.IsDivisible);

    protected override torch.Tensor ComputeChecked(torch.Tensor logits, torch.Tensor labels)
        => _parts.Where(part => part.Weight > 0)
            .Select(part => part.Loss.Compute(logits, labels) * part.Weight).Aggregate((sum, next) => sum + next);
}
