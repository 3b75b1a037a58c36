using System.Runtime.CompilerServices;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;
using Xunit.Abstractions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks that divide an evaluation get one process's figures.</summary>
public sealed class EvaluationTests(ITestOutputHelper output)
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
            estimate => [.. estimate.PerItem!, estimate.Mean, estimate.StandardError, estimate.AcceptanceRate!.Value], tolerance: 1e-6);

    [Theory]
    [InlineData(AggregateEstimator.FullMixture)]
    [InlineData(AggregateEstimator.MinibatchStratified)]
    public void Marginal_divergences_are_the_same(AggregateEstimator estimator)
        => Same(3, (vae, data, exchange) => Evaluate.MarginalKl(
            vae, data, new() { Samples = 50, BatchSize = 10, MinibatchSize = 8, Estimator = estimator, Seed = 3, Exchange = exchange }),
            estimate =>
            [
                estimate.MarginalKl, estimate.MarginalKlStandardError, estimate.MutualInformation, estimate.MutualInformationStandardError,
                estimate.AverageKl, estimate.AverageKlStandardError,
            ], tolerance: 1e-6);

    [Fact]
    public void Numbers_of_items_are_collected_in_their_order()
        => RankThreads.Run(3, exchange =>
        {
            var (first, count) = exchange.ShareOf(7);
            double[] own = [.. Enumerable.Range((int)first, (int)count).SelectMany(item => new[] { item, item + 0.5 })];
            exchange.Collect(own, items: 7, each: 2).Should().Equal(Enumerable.Range(0, 14).Select(i => i / 2 + i % 2 * 0.5));
        });

    [Theory]
    [InlineData("importance")]
    [InlineData("annealing")]
    [InlineData("divergence")]
    public void One_that_is_cancelled_on_one_rank_ends_on_all(string kind)
    {
        var failures = Failures(kind, rank => 3, (rank, options) => options with { Cancelled = rank == 0 });
        failures.Should().AllBeOfType<OperationCanceledException>();
    }

    [Theory]
    [InlineData("importance")]
    [InlineData("annealing")]
    [InlineData("divergence")]
    public void One_whose_data_break_off_on_one_rank_ends_on_all(string kind)
    {
        var failures = Failures(kind, rank => 3, (rank, options) => options with { BreaksOff = rank == 1 });
        failures[1].Should().BeOfType<IOException>();
        failures[0].Should().BeOfType<RankFailedException>().Which.Message.Should().Be("rank 1 failed: IOException: the disk is gone");
    }

    [Theory]
    [InlineData("importance")]
    [InlineData("annealing")]
    [InlineData("divergence")]
    public void Ranks_with_other_weights_are_refused_by_the_parameters_name(string kind)
    {
        var failures = Failures(kind, seedOfWeights: rank => 3 + rank, (rank, options) => options);
        failures.Should().AllBeOfType<ArgumentException>();
        failures[0].Message.Should().StartWith("the ranks do not evaluate the same: Rank 1: 'encoder.").And.Contain("'decoder.");
    }

    private static Exception[] Failures(string kind, Func<int, long> seedOfWeights, Func<int, Fault, Fault> fault)
    {
        var trainees = Enumerable.Range(0, 2).Select(rank => new Experiment("elbo", Experiment.Short).Make(seedOfWeights(rank))).ToArray();
        using var data = Experiment.Data(Items, seed: 4);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var failures = new Exception[2];
        RankThreads.Run(2, exchange =>
        {
            var (vae, mine) = ((Vae)trainees[exchange.Rank].Model, fault(exchange.Rank, new()));
            var token = mine.Cancelled ? cancelled.Token : default;
            using var source = new BreakingData(data, mine.BreaksOff);
            failures[exchange.Rank] = FluentActions.Invoking(() => kind switch
            {
                "importance" => (object)Evaluate.NegativeLogLikelihood(
                    vae, source, new() { Samples = 5, BatchSize = 4, Exchange = exchange }, cancellationToken: token),
                "annealing" => Evaluate.AnnealedImportanceSampling(
                    vae, source, new() { Chains = 2, Temperatures = 3, BatchSize = 4, Exchange = exchange }, cancellationToken: token),
                _ => Evaluate.MarginalKl(
                    vae, source, new() { Samples = 20, BatchSize = 4, Exchange = exchange }, cancellationToken: token),
            }).Should().Throw<Exception>().Which;
        });
        Array.ForEach(trainees, trainee => trainee.Dispose());
        return failures;
    }

    private sealed record Fault(bool Cancelled = false, bool BreaksOff = false);

    private void Same<T>(
        int ranks, Func<Vae, DataSource, IExchange?, T> evaluate, Func<T, double[]> numbers, double tolerance,
        [CallerMemberName] string test = "")
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
        divided.Should().AllSatisfy(own => own.Should().Equal(divided[0]));
        var difference = Outcome.Largest(divided[0], alone);
        output.WriteLine($"{test}, {ranks} ranks: {difference:E1}");
        difference.Should().BeLessThanOrEqualTo(tolerance);
    }
}
