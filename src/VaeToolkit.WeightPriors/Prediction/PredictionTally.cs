using TorchSharp;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// Sums what the samples of a prediction say, in float64: deviations and mutual information are differences of sums that are nearly equal.
/// Its tensors belong to the scope in which samples are added.
/// </summary>
internal sealed class PredictionTally(int samples)
{
    private readonly List<long[]> _foreground = [];
    private torch.Tensor? _mean;
    private torch.Tensor? _squares;
    private torch.Tensor? _entropies;
    private torch.ScalarType _type;

    /// <summary>Takes the probabilities of one sample, <c>[N, Y, D, H, W]</c>.</summary>
    internal void Add(torch.Tensor probabilities)
    {
        using var scope = torch.NewDisposeScope();
        var (type, shape) = (ItemSum.WideType(probabilities), probabilities.shape);
        _foreground.Add(Foreground(probabilities));
        _type = probabilities.dtype;
        _mean ??= torch.zeros(shape, type, probabilities.device).MoveToOuterDisposeScope();
        _squares ??= torch.zeros(shape, type, probabilities.device).MoveToOuterDisposeScope();
        _entropies ??= torch.zeros([shape[0], .. shape[2..]], type, probabilities.device).MoveToOuterDisposeScope();
        OneByOne(shape[0], of =>
        {
            var wide = of(probabilities).to(type);
            // After Welford (1962): a mean of squares less the square of a mean would leave rounding of a voxel that does not vary.
            var difference = wide - of(_mean);
            of(_mean).add_(difference / _foreground.Count);
            of(_squares).add_(difference * (wide - of(_mean)));
            of(_entropies).add_(Entropy(wide));
        });
    }

    internal SegmentationPrediction Result()
    {
        var (mean, deviation) = (torch.empty_like(_mean!, dtype: _type), torch.empty_like(_mean!, dtype: _type));
        var (entropy, information) = (torch.empty_like(_entropies!, dtype: _type), torch.empty_like(_entropies!, dtype: _type));
        OneByOne(mean.shape[0], of =>
        {
            var whole = Entropy(of(_mean!));
            of(mean).copy_(of(_mean!));
            of(entropy).copy_(whole);
            of(deviation).copy_((of(_squares!) / samples).sqrt());
            of(information).copy_((whole - of(_entropies!) / samples).clamp_min(0));
        });
        return new(mean, entropy, information, deviation, _foreground);
    }

    /// <summary>H(p) of each voxel in nats, <c>[N, D, H, W]</c>; 0 log 0 is 0.</summary>
    internal static torch.Tensor Entropy(torch.Tensor probabilities)
    {
        var all = probabilities.shape[1] == 1 ? torch.cat([probabilities, 1 - probabilities], dim: 1) : probabilities;
        return -(all * all.clamp_min(1e-30).log()).sum(dim: 1);
    }

    private static long[] Foreground(torch.Tensor probabilities)
        => SegmentationPrediction.LabelsOf(probabilities).gt(0).flatten(1).sum(dim: 1).cpu().data<long>().ToArray();

    /// <summary>Goes through volumes one by one, so that what is reckoned in between is of one of them only.</summary>
    private static void OneByOne(long volumes, Action<Func<torch.Tensor, torch.Tensor>> action)
    {
        for (var i = 0L; i < volumes; i++)
        {
            using var scope = torch.NewDisposeScope();
            action(all => all.narrow(0, i, 1));
        }
    }
}
