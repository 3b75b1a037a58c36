using TorchSharp;
using VaeToolkit.Distributions;

namespace VaeToolkit.WeightPriors.Prediction;

/// <summary>
/// Sums what the samples of a prediction say, in float64: deviations and mutual information are differences of sums that are nearly equal.
/// Its tensors belong to the scope in which samples are added.
/// </summary>
internal sealed class PredictionTally(int samples)
{
    private readonly List<long[]> _foreground = [];
    private torch.Tensor? _sum;
    private torch.Tensor? _squares;
    private torch.Tensor? _entropies;
    private torch.ScalarType _type;

    /// <summary>Takes the probabilities of one sample, <c>[N, Y, D, H, W]</c>.</summary>
    internal void Add(torch.Tensor probabilities)
    {
        using var scope = torch.NewDisposeScope();
        _foreground.Add(Foreground(probabilities));
        _type = probabilities.dtype;
        var wide = probabilities.to(ItemSum.WideType(probabilities));
        Add(ref _sum, wide);
        Add(ref _squares, wide.square());
        Add(ref _entropies, Entropy(wide));
    }

    internal SegmentationPrediction Result()
    {
        var mean = _sum! / samples;
        var entropy = Entropy(mean);
        var deviation = (_squares! / samples - mean.square()).clamp_min(0).sqrt();
        var information = (entropy - _entropies! / samples).clamp_min(0);
        return new(mean.to(_type), entropy.to(_type), information.to(_type), deviation.to(_type), _foreground);
    }

    /// <summary>H(p) of each voxel in nats, <c>[N, D, H, W]</c>; 0 log 0 is 0.</summary>
    internal static torch.Tensor Entropy(torch.Tensor probabilities)
    {
        var all = probabilities.shape[1] == 1 ? torch.cat([probabilities, 1 - probabilities], dim: 1) : probabilities;
        return -(all * all.clamp_min(1e-30).log()).sum(dim: 1);
    }

    private static long[] Foreground(torch.Tensor probabilities)
        => SegmentationPrediction.LabelsOf(probabilities).gt(0).flatten(1).sum(dim: 1).cpu().data<long>().ToArray();

    private static void Add(ref torch.Tensor? sum, torch.Tensor term)
    {
        if (sum is null)
            sum = term.clone().MoveToOuterDisposeScope();
        else
            sum.add_(term);
    }
}
