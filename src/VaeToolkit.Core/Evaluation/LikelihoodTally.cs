using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>Collects the log-likelihoods of items and turns them into an estimate.</summary>
internal sealed class LikelihoodTally
{
    private readonly List<double> _logLikelihoods = [];
    private double _effectiveSamples;

    internal int Count => _logLikelihoods.Count;

    /// <summary>Weighs the next items, of several ranks each its share, and adds them.</summary>
    /// <param name="ranks">The ranks; null for one.</param>
    /// <param name="weigh">Gives log p(x) of each, and how many of its samples counted, 0 for what other ranks weigh; or nothing where no
    /// items are left.</param>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="ArithmeticException">One is not finite.</exception>
    internal bool Add(RankGroup? ranks, Func<(double[] LogLikelihoods, double[] EffectiveSamples)> weigh)
    {
        (double[] logLikelihoods, double[] effectiveSamples) = ([], []);
        RankGroup.Agree(ranks, () => (logLikelihoods, effectiveSamples) = weigh());
        if (logLikelihoods.Length == 0)
            return false;
        ranks?.Exchange.AllReduce(logLikelihoods);
        ranks?.Exchange.AllReduce(effectiveSamples);
        RankGroup.OnAll(() => Add(logLikelihoods, effectiveSamples));
        return true;
    }

    /// <summary>Adds the next items: log p(x) of each, and how many of its samples counted.</summary>
    /// <exception cref="ArithmeticException">One is not finite.</exception>
    internal void Add(double[] logLikelihoods, double[] effectiveSamples)
    {
        foreach (var value in logLikelihoods)
        {
            if (!double.IsFinite(value))
                throw new ArithmeticException(
                    FormattableString.Invariant($"the log-likelihood of item {_logLikelihoods.Count} is {value}"));
            _logLikelihoods.Add(value);
        }
        // One by one, so that the rounding does not depend on how the items come in batches.
        foreach (var samples in effectiveSamples)
            _effectiveSamples += samples;
    }

    internal LikelihoodEstimate Result(long dimensions, int samples, long seed, bool keepPerItem)
    {
        double[] perItem = [.. _logLikelihoods.Select(value => -value)];
        var mean = SampleMean.Of(perItem);
        return new()
        {
            Mean = mean.Value,
            StandardError = mean.StandardError,
            BitsPerDimension = mean.Value / (dimensions * Math.Log(2)),
            EffectiveSampleSize = _effectiveSamples / Count,
            Items = Count,
            Samples = samples,
            Seed = seed,
            PerItem = keepPerItem ? perItem : null,
        };
    }
}
