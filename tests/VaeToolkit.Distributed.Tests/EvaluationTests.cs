using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks that divide an evaluation get one process's figures.</summary>
public sealed class EvaluationTests
{
    // Fewer in the last batch than there are ranks.
    private const int Items = 22;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Likelihoods_by_importance_sampling_are_the_same_to_the_last_bit(int ranks)
        => Same(ranks, (vae, data, exchange) => Evaluate.NegativeLogLikelihood(
            vae, data, new() { Samples = 20, BatchSize = 4, ChunkSize = 7, Seed = 3, KeepPerItem = true, Exchange = exchange }),
            estimate => [.. estimate.PerItem!, estimate.Mean, estimate.StandardError, estimate.EffectiveSampleSize], tolerance: 0);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Likelihoods_by_annealing_are_the_same(int ranks)
        => Same(ranks, (vae, data, exchange) => Evaluate.AnnealedImportanceSampling(
            vae, data, new() { Chains = 3, Temperatures = 6, BatchSize = 10, Seed = 3, KeepPerItem = true, Exchange = exchange }),
            estimate => [.. estimate.PerItem!, estimate.Mean, estimate.StandardError, estimate.AcceptanceRate!.Value], tolerance: 1e-4);

    [Theory]
    [InlineData(AggregateEstimator.FullMixture)]
    [InlineData(AggregateEstimator.MinibatchStratified)]
    public void Marginal_divergences_are_the_same(AggregateEstimator estimator)
        => Same(3, (vae, data, exchange) => Evaluate.MarginalKl(
            vae, data, new() { Samples = 50, BatchSize = 10, MinibatchSize = 8, Estimator = estimator, Seed = 3, Exchange = exchange }),
            estimate => [estimate.MarginalKl, estimate.MarginalKlStandardError, estimate.MutualInformation, estimate.AverageKl],
            tolerance: 1e-6);

    [Fact]
    public void Numbers_of_items_are_collected_in_their_order()
        => RankThreads.Run(3, exchange =>
        {
            var (first, count) = exchange.ShareOf(7);
            double[] own = [.. Enumerable.Range((int)first, (int)count).SelectMany(item => new[] { item, item + 0.5 })];
            exchange.Collect(own, items: 7, each: 2).Should().Equal(Enumerable.Range(0, 14).Select(i => i / 2 + i % 2 * 0.5));
        });

    private static void Same<T>(
        int ranks, Func<Vae, DataSource, IExchange?, T> evaluate, Func<T, double[]> numbers, double tolerance)
    {
        var trainees = Enumerable.Range(0, ranks).Select(_ => new Experiment("elbo", Experiment.Short).Make()).ToArray();
        using var data = Experiment.Data(Items, seed: 4);
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        var alone = numbers(evaluate((Vae)trainees[0].Model, data, null));
        torch.set_num_threads(threads);
        var divided = new double[ranks][];
        RankThreads.Run(ranks, exchange => divided[exchange.Rank] = numbers(evaluate(
            (Vae)trainees[exchange.Rank].Model, data, exchange)));
        Array.ForEach(trainees, trainee => trainee.Dispose());
        foreach (var own in divided)
        {
            own.Should().Equal(divided[0]);
            own.Zip(alone, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThanOrEqualTo(tolerance);
        }
    }
}
