using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Tests.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Evaluation;

public sealed class MarginalKlTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Two_components_far_apart_share_log_two_nats_with_their_index()
    {
        using var model = GivenPosteriors.Model(1);
        using var data = new TensorData(torch.tensor(new[,] { { -6.0, Math.Log(0.25) }, { 6.0, Math.Log(0.25) } }));
        var estimate = Evaluate.MarginalKl(model, data, new() { Samples = 20_000 });
        estimate.MutualInformation.Should().BeApproximately(Math.Log(2), 1e-9);
        var averageKl = 0.5 * (0.25 + 36 - Math.Log(0.25) - 1);
        estimate.AverageKl.Should().BeApproximately(averageKl, 4 * estimate.AverageKlStandardError);
        estimate.MarginalKl.Should().BeApproximately(averageKl - Math.Log(2), 4 * estimate.MarginalKlStandardError);
    }

    [Theory]
    [InlineData(AggregateEstimator.FullMixture)]
    [InlineData(AggregateEstimator.MinibatchStratified)]
    public void One_item_far_from_all_others_leaves_the_information_that_the_others_have(AggregateEstimator estimator)
    {
        // Means 20 deviations apart: a code says which item it is of, so that it holds log N nats, the far one's too.
        using var model = GivenPosteriors.Model(1);
        double[] means = [.. Enumerable.Range(0, 40).Select(i => i == 13 ? 1e12 : 20.0 * i)];
        using var data = Given(means, [.. Enumerable.Repeat(1.0, 40)]);
        var estimate = Evaluate.MarginalKl(model, data, new() { Samples = 400, Estimator = estimator, MinibatchSize = 40 });
        estimate.MutualInformation.Should().BeApproximately(Math.Log(40), 1e-9);
        estimate.AverageKl.Should().BeApproximately(means.Average(mean => mean * mean / 2), estimate.AverageKl * 1e-9);
    }

    [Fact]
    public void A_code_without_a_density_is_named_by_its_item()
    {
        using var model = GivenPosteriors.Model(1);
        using var data = new TensorData(torch.tensor(new[,] { { 0f, 0f }, { 1f, 0f }, { 1e25f, 0f } }));
        FluentActions.Invoking(() => Evaluate.MarginalKl(model, data, new() { Samples = 30 }))
            .Should().Throw<ArithmeticException>().WithMessage("a log-density ratio of a code of item 2 is *");
    }

    [Fact]
    public void Mixture_that_is_integrated_numerically_agrees()
    {
        double[] means = [-1.5, 0.2, 0.9], variances = [0.3, 1.2, 0.1];
        using var model = GivenPosteriors.Model(1);
        using var data = Given(means, variances);
        var exact = Reference.Integrate(zs => [.. zs.Select(z =>
        {
            var q = means.Zip(variances).Average(c => Math.Exp(LogNormal(z, c.First, c.Second)));
            return q * (Math.Log(q) - LogNormal(z, 0, 1));
        })], -9, 9);
        var estimate = Evaluate.MarginalKl(model, data, new() { Samples = 30_000 });
        estimate.MarginalKl.Should().BeApproximately(exact, 4 * estimate.MarginalKlStandardError);
        estimate.MarginalKlStandardError.Should().BeLessThan(0.01);
        (estimate.Items, estimate.Samples).Should().Be((3, 30_000));
    }

    [Fact]
    public void Population_figure_lies_between_leave_one_out_and_the_full_mixture()
    {
        // μ ~ N(0.5, 0.6) and σ² = 0.3 make q(z) = N(0.5, 0.9), whose divergence from N(0, 1) is known.
        var exact = 0.5 * (0.9 + 0.25 - Math.Log(0.9) - 1) * 2;
        using var model = GivenPosteriors.Model(2);
        var (full, left) = (new List<double>(), new List<double>());
        for (var draw = 0; draw < 20; draw++)
        {
            using var data = Population(draw, 60);
            full.Add(Evaluate.MarginalKl(model, data, new() { Samples = 1200, Seed = draw }).MarginalKl);
            left.Add(Evaluate.MarginalKl(
                model, data, new() { Samples = 1200, Seed = draw, Estimator = AggregateEstimator.LeaveOneOut }).MarginalKl);
        }
        left.Average().Should().BeLessThan(exact).And.BeGreaterThan(exact - 0.3);
        full.Average().Should().BeGreaterThan(exact).And.BeLessThan(exact + 0.3);
    }

    [Theory]
    [InlineData(AggregateEstimator.FullMixture)]
    [InlineData(AggregateEstimator.LeaveOneOut)]
    [InlineData(AggregateEstimator.MinibatchWeighted)]
    [InlineData(AggregateEstimator.MinibatchStratified)]
    public void Average_divergence_is_information_plus_marginal_divergence(AggregateEstimator estimator)
    {
        using var model = LinearGaussian.Model();
        using var data = LinearItems(40);
        var estimate = Evaluate.MarginalKl(model, data, new() { Samples = 100, Estimator = estimator, MinibatchSize = 20, BatchSize = 7 });
        (estimate.MutualInformation + estimate.MarginalKl).Should().BeApproximately(estimate.AverageKl, 1e-12);
        estimate.Samples.Should().Be(100);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(100)]
    public void Blocks_do_not_change_the_density(int blockSize)
    {
        using var seed = SeedScope.Begin(3);
        using var aggregate = new AggregatedPosterior(torch.randn([37L, 3L]) + 20, torch.randn([37L, 3L]));
        var index = torch.arange(12, dtype: torch.int64);
        var (z, own) = aggregate.Draw(index);
        var blocks = aggregate.LogSumOfOthers(z, index, blockSize).Values();
        var direct = (((z.unsqueeze(1) - aggregate.Means).square() / aggregate.LogVariances.exp() + aggregate.LogVariances).sum(-1) * -0.5
            - 1.5 * Math.Log(2 * Math.PI)).Values();
        for (var i = 0; i < 12; i++)
        {
            var row = direct.AsSpan(i * 37, 37).ToArray();
            row[i].Should().BeApproximately(own.Values()[i], 1e-10);
            blocks[i].Should().BeApproximately(Math.Log(row.Where((_, j) => j != i).Sum(Math.Exp)), 1e-10);
        }
    }

    [Fact]
    public void Minibatch_weighting_is_too_small_by_log_n_when_all_posteriors_agree_and_stratification_is_exact_there()
    {
        using var model = GivenPosteriors.Model(1);
        using var data = Given([.. Enumerable.Repeat(0.7, 50)], [.. Enumerable.Repeat(0.5, 50)]);
        var exact = 0.5 * (0.5 + 0.49 - Math.Log(0.5) - 1);
        MarginalKlOptions options = new() { Samples = 20_000, MinibatchSize = 10, Estimator = AggregateEstimator.MinibatchWeighted };
        var weighted = Evaluate.MarginalKl(model, data, options);
        weighted.MarginalKl.Should().BeApproximately(exact - Math.Log(50), 4 * weighted.MarginalKlStandardError);
        var stratified = Evaluate.MarginalKl(model, data, options with { Estimator = AggregateEstimator.MinibatchStratified });
        stratified.MarginalKl.Should().BeApproximately(exact, 4 * stratified.MarginalKlStandardError);
        stratified.MutualInformation.Should().BeApproximately(0, 1e-10);
    }

    [Fact]
    public void Same_seed_gives_the_same_figures_and_leaves_the_callers_numbers_and_memory()
    {
        using var model = LinearGaussian.Model();
        using var data = LinearItems(30);
        using var seed = SeedScope.Begin(11);
        var expected = torch.randn(3).Values();
        SeedScope.Seed(11);
        var first = Evaluate.MarginalKl(model, data, new() { Samples = 50 });
        torch.randn(3).Values().Should().Equal(expected);
        var before = Reference.LiveTensors();
        Evaluate.MarginalKl(model, data, new() { Samples = 50 }).Should().Be(first);
        torch.Tensor.TotalCount.Should().Be(before);
        Evaluate.MarginalKl(model, data, new() { Samples = 50, Seed = 1 }).MarginalKl.Should().NotBe(first.MarginalKl);
    }

    [Fact]
    public void Bad_options_are_named()
    {
        using var model = GivenPosteriors.Model(1);
        using var one = Given([0.0], [1.0]);
        Refused<ArgumentException>(new() { Estimator = AggregateEstimator.LeaveOneOut }, "data");
        Refused<ArgumentOutOfRangeException>(
            new() { Estimator = AggregateEstimator.MinibatchWeighted, MinibatchSize = 2 }, "MinibatchSize");
        Refused<ArgumentOutOfRangeException>(new() { Samples = 0 }, "Samples");
        Refused<ArgumentOutOfRangeException>(new() { BatchSize = 0 }, "BatchSize");

        void Refused<TException>(MarginalKlOptions options, string name)
            where TException : ArgumentException
            => FluentActions.Invoking(() => Evaluate.MarginalKl(model, one, options)).Should().Throw<TException>().WithParameterName(name);
    }

    private static double LogNormal(double z, double mean, double variance)
        => -0.5 * ((z - mean) * (z - mean) / variance + Math.Log(2 * Math.PI * variance));

    private static TensorData Given(double[] means, double[] variances)
    {
        var items = new double[means.Length, 2];
        for (var i = 0; i < means.Length; i++)
            (items[i, 0], items[i, 1]) = (means[i], Math.Log(variances[i]));
        return new TensorData(torch.tensor(items));
    }

    private static TensorData Population(int seed, long count)
    {
        using var scope = SeedScope.Begin(seed);
        var means = torch.randn([count, 2L], dtype: torch.float64) * Math.Sqrt(0.6) + 0.5;
        return new TensorData(torch.cat([means, torch.full_like(means, Math.Log(0.3))], 1));
    }

    private static TensorData LinearItems(long count)
    {
        using var scope = SeedScope.Begin(5);
        return new TensorData(torch.randn([count, 4L], dtype: torch.float64) * 1.2);
    }
}
