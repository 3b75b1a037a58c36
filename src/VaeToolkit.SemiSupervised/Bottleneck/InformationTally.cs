using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit.SemiSupervised;

/// <summary>Collects the figures of batches of pairs.</summary>
internal sealed class InformationTally
{
    private readonly List<double> _rates = [];
    private readonly List<double> _logLikelihoods = [];
    private double[]? _rateByLatent;

    /// <exception cref="ArithmeticException">A figure is NaN; the message names the pair.</exception>
    internal void Add(BottleneckReading reading)
    {
        var before = _rates.Count;
        _rates.AddRange(ByPair(reading.Rate, before));
        _logLikelihoods.AddRange(ByPair(reading.LogLikelihood, before));
        if (reading.RateByLatent is not { } byLatent)
            return;
        var sums = Numbers(byLatent.sum(dim: 0));
        _rateByLatent = _rateByLatent is null ? sums : [.. _rateByLatent.Zip(sums, (a, b) => a + b)];
    }

    internal InformationPoint Point(InformationOptions options, double? targetEntropy)
    {
        var (rate, logLikelihood) = (SampleMean.Of(_rates), SampleMean.Of(_logLikelihoods));
        return new()
        {
            Rate = rate.Value,
            RateStandardError = rate.StandardError,
            LogLikelihood = logLikelihood.Value,
            LogLikelihoodStandardError = logLikelihood.StandardError,
            TargetEntropy = targetEntropy,
            RateByLatent = _rateByLatent is null ? null : [.. _rateByLatent.Select(sum => sum / _rates.Count)],
            Items = _rates.Count,
            Samples = options.Samples,
            Seed = options.Seed,
        };
    }

    private static double[] ByPair(torch.Tensor numbers, long before)
        => Numbers(Shape.RequireAnswers(numbers.Dimensions == 2 ? numbers.mean([0L]) : numbers, "pairs", before));

    private static double[] Numbers(torch.Tensor tensor)
    {
        using var accessor = tensor.to(torch.float64).cpu().contiguous().data<double>();
        return accessor.ToArray();
    }
}
