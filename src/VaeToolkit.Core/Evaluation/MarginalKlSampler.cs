using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Evaluation;

/// <summary>Samples the aggregated posterior and collects the three log-density differences of the ELBO surgery.</summary>
internal sealed class MarginalKlSampler(AggregatedPosterior aggregate, Prior prior, MarginalKlOptions options, torch.Device device)
{
    private readonly List<double> _marginal = [];
    private readonly List<double> _information = [];
    private readonly List<double> _average = [];
    private readonly RankGroup? _ranks = RankGroup.Of(options.Exchange);
    private long _samples;

    internal MarginalKlEstimate Run(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        while (_samples < options.Samples)
        {
            using var scope = torch.NewDisposeScope();
            foreach (var index in Round())
            {
                Add(index, cancellationToken);
                progress?.Report(Math.Min(1, (double)_samples / options.Samples));
            }
        }
        return Result();
    }

    // Either one minibatch, in which no item comes twice, or passes over the items, each in random order: as many as fill a block.
    private torch.Tensor[] Round()
    {
        if (options.UsesMinibatches)
            return [Pass().narrow(0, 0, options.MinibatchSize)];
        var count = Math.Min(Math.Max(aggregate.Count, options.BatchSize), options.Samples - _samples);
        var passes = Enumerable.Range(0, (int)((count + aggregate.Count - 1) / aggregate.Count)).Select(_ => Pass());
        return torch.cat([.. passes]).narrow(0, 0, count).split(options.BatchSize);
    }

    private torch.Tensor Pass() => NoiseSource.Permutation(aggregate.Count, torch.CPU).to(device);

    // Of several ranks each takes its share of the samples.
    private void Add(torch.Tensor index, CancellationToken cancellationToken)
    {
        using var scope = torch.NewDisposeScope();
        var rows = ItemRows.Of(index.shape[0], _ranks?.Rank ?? 0, _ranks?.Size ?? 1);
        var (marginal, information, average) = (new double[rows.Total], new double[rows.Total], new double[rows.Total]);
        RankGroup.Agree(_ranks, () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Compare(index, rows, marginal, information, average);
        });
        RankGroup.OnAll(() => Record(_marginal, marginal));
        RankGroup.OnAll(() => Record(_information, information));
        RankGroup.OnAll(() => Record(_average, average));
        _samples += index.shape[0];
    }

    private void Compare(torch.Tensor all, ItemRows own, double[] marginal, double[] information, double[] average)
    {
        var rows = own.OrFirst;
        using var division = NoiseSource.Divide(rows);
        var index = all.narrow(0, rows.Start, rows.Count);
        var (z, logOwn) = aggregate.Draw(index);
        var logAggregate = LogAggregate(z, logOwn, index, all);
        var logPrior = prior.LogProbExplained(aggregate.ToModelType(z)).to(torch.float64);
        Keep(marginal, logAggregate - logPrior);
        Keep(information, logOwn - logAggregate);
        Keep(average, logOwn - logPrior);

        void Keep(double[] values, torch.Tensor differences)
        {
            if (own.Count == 0)
                return;
            var numbers = differences.cpu().data<double>().ToArray();
            if (Array.FindIndex(numbers, number => !double.IsFinite(number)) is var bad and >= 0)
                throw new ArithmeticException(FormattableString.Invariant(
                    $"a log-density ratio of a code of item {index[bad].ToInt64()} is {numbers[bad]}: it is too far from the prior or the ")
                    + "other items for the model's type");
            numbers.CopyTo(values, own.Start);
        }
    }

    // All estimators are a weight for the sample's own component and one for the others.
    private torch.Tensor LogAggregate(torch.Tensor z, torch.Tensor logOwn, torch.Tensor index, torch.Tensor all)
    {
        var others = options.UsesMinibatches ? aggregate.LogSumOfOthersAmong(z, index, all)
            : aggregate.LogSumOfOthers(z, index, options.BatchSize);
        double n = aggregate.Count, m = options.MinibatchSize;
        return options.Estimator switch
        {
            AggregateEstimator.FullMixture => torch.logaddexp(logOwn, others) - Math.Log(n),
            AggregateEstimator.LeaveOneOut => others - Math.Log(n - 1),
            AggregateEstimator.MinibatchWeighted => torch.logaddexp(logOwn, others) - Math.Log(n * m),
            _ => torch.logaddexp(logOwn, others + Math.Log((n - 1) / (m - 1))) - Math.Log(n),
        };
    }

    // Samples of one minibatch share their components and are not independent, so it counts as one number.
    private void Record(List<double> values, double[] differences)
    {
        _ranks?.Exchange.AllReduce(differences);
        values.AddRange(options.UsesMinibatches ? [differences.Average()] : differences);
    }

    private MarginalKlEstimate Result()
    {
        var (marginal, information, average) = (SampleMean.Of(_marginal), SampleMean.Of(_information), SampleMean.Of(_average));
        return new()
        {
            MarginalKl = marginal.Value,
            MarginalKlStandardError = marginal.StandardError,
            MutualInformation = information.Value,
            MutualInformationStandardError = information.StandardError,
            AverageKl = average.Value,
            AverageKlStandardError = average.StandardError,
            Estimator = options.Estimator,
            Items = aggregate.Count,
            Samples = _samples,
            Seed = options.Seed,
        };
    }
}
