using MathNet.Numerics.Distributions;
using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Mixtures;

public sealed class NormalMixtureTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Its_density_is_the_weighted_sum_of_the_components()
    {
        using var mixture = new NormalMixture(OneDimension.Line(-1, 0.5).Append(OneDimension.Line(2, 1.5)), [0.3, 0.7]);
        double[] points = [-2, 0, 1, 5];
        var expected = points.Select(x => Math.Log(0.3 * Normal.PDF(-1, 0.5, x) + 0.7 * Normal.PDF(2, 1.5, x)));
        mixture.LogDensity(torch.tensor(points).unsqueeze(1)).Values().Zip(expected)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void One_component_that_is_far_away_takes_no_digits_from_many_others()
    {
        double[] means = [.. Enumerable.Range(0, 30).Select(m => m == 4 ? 1e12 : m)];
        var components = new DiagonalComponents(torch.tensor(means).unsqueeze(1), torch.zeros([30, 1], torch.float64));
        using var mixture = new NormalMixture(components, [.. Enumerable.Repeat(1 / 30.0, 30)]);
        double[] points = [-2, 0, 11.3, 1e12 + 0.5];
        var expected = points.Select(x => Math.Log(means.Average(mean => Normal.PDF(mean, 1, x))));
        mixture.LogDensity(torch.tensor(points).unsqueeze(1)).Values().Zip(expected)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Samples_come_from_the_components_by_weight_and_from_the_seed()
    {
        using var mixture = new NormalMixture(OneDimension.Line(-50, 1).Append(OneDimension.Line(50, 1)), [0.3, 0.7]);
        using var again = SeedScope.Begin(9);
        var first = mixture.Sample(20_000).Values();
        first.Count(x => x < 0).Should().BeCloseTo(6000, (uint)(5 * Math.Sqrt(20_000 * 0.3 * 0.7)));
        using var same = SeedScope.Begin(9);
        mixture.Sample(20_000).Values().Should().Equal(first);
    }

    [Fact]
    public void Components_of_weight_zero_are_left_out_and_the_others_keep_their_order()
    {
        var components = OneDimension.Line(1, 1).Append(OneDimension.Line(2, 1)).Append(OneDimension.Line(3, 1));
        using var mixture = new NormalMixture(components, [0.25, 0, 0.75]);
        mixture.Weights.Should().Equal(0.25, 0.75);
        mixture.Components.Means.Values().Should().Equal(1, 3);
        mixture.EffectiveCount.Should().BeApproximately(Math.Exp(-0.25 * Math.Log(0.25) - 0.75 * Math.Log(0.75)), 1e-12);
    }

    [Theory]
    [InlineData(new[] { 0.5 }, "*1 weights for 2*")]
    [InlineData(new[] { 0.5, 0.6 }, "*sum to 1.1*")]
    [InlineData(new[] { -0.5, 1.5 }, "*-0.5*")]
    [InlineData(new[] { double.NaN, 1 }, "*NaN*")]
    public void Weights_that_are_no_distribution_are_refused(double[] weights, string message)
        => FluentActions.Invoking(() => new NormalMixture(OneDimension.Line(1, 1).Append(OneDimension.Line(2, 1)), weights))
            .Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void Five_hundred_components_in_forty_dimensions_agree_with_the_direct_form()
    {
        var components = new DiagonalComponents(torch.randn([500L, 40L], torch.float64), torch.rand([500L, 40L], torch.float64) * 4 - 4);
        using var mixture = new NormalMixture(components, [.. Enumerable.Repeat(1 / 500.0, 500)]);
        var points = torch.randn([20L, 40L], torch.float64);
        // Ten components at a time are few enough for the direct form.
        var direct = Enumerable.Range(0, 50).Select(i => components.Select([.. Enumerable.Range(10 * i, 10).Select(m => (long)m)])
            .LogDensities(points, torch.full([10L], -Math.Log(500), torch.float64)));
        var expected = torch.cat([.. direct], 1).logsumexp(-1);
        mixture.LogDensity(points).Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-8);
        mixture.Weights.Sum().Should().BeApproximately(1, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Gradients_of_many_components_reach_the_points_as_those_of_the_direct_form(double distance)
    {
        var components = new DiagonalComponents(torch.randn([60L, 5L], torch.float64), torch.rand([60L, 5L], torch.float64) * 4 - 4);
        double[] weights = [.. Enumerable.Range(1, 60).Select(m => m / 1830.0)];
        using var mixture = new NormalMixture(components, weights);
        var start = torch.randn([20L, 5L], torch.float64) * distance;
        var points = start.clone().requires_grad_();
        var same = start.clone().requires_grad_();
        var values = mixture.LogDensity(points);
        // One component at a time has the direct form.
        var terms = Enumerable.Range(0, 60)
            .Select(m => components.Select(m).LogDensities(same, torch.full([1L], Math.Log(weights[m]), torch.float64)));
        var expected = torch.cat([.. terms], 1).logsumexp(-1);
        values.Values().Zip(expected.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-9 * Math.Max(1, Math.Abs(p.Second)));
        var heights = torch.randn([20L], torch.float64);
        (values * heights).sum().backward();
        (expected * heights).sum().backward();
        points.grad!.Values().Zip(same.grad!.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-9 * Math.Max(1, Math.Abs(p.Second)));
    }

    [Fact]
    public void Points_where_every_density_of_many_components_is_zero_have_none_and_no_NaN()
    {
        using var scope = torch.NewDisposeScope();
        using var mixture = new NormalMixture(
            new DiagonalComponents(torch.zeros([20L, 2L], torch.float64), torch.zeros([20L, 2L], torch.float64)),
            [.. Enumerable.Repeat(1 / 20.0, 20)]);
        var points = torch.tensor(new[,] { { 1e160, 0 }, { 1e300, -1e300 }, { 0, 0 } });
        mixture.LogDensity(points).Values()[..2].Should().OnlyContain(value => double.IsNegativeInfinity(value));
        mixture.LogDensity(points).Values()[2].Should().BeApproximately(-Math.Log(2 * Math.PI), 1e-12);
    }

    [Fact]
    public void A_mixture_of_many_components_owns_its_tensors_and_releases_them()
    {
        var before = Reference.LiveTensors();
        using (torch.NewDisposeScope())
        {
            var mixture = new NormalMixture(
                new DiagonalComponents(torch.randn([60L, 5L]), torch.randn([60L, 5L])), [.. Enumerable.Repeat(1 / 60.0, 60)]);
            using (torch.NewDisposeScope())
                mixture.LogDensity(torch.randn([3L, 5L]));
            mixture.LogDensity(torch.randn([3L, 5L])).isfinite().all().item<bool>().Should().BeTrue();
            FluentActions.Invoking(() => mixture.LogDensity(torch.randn([3L, 4L])))
                .Should().Throw<ArgumentException>().WithMessage("*[3, 4]*[N, 5]*");
            mixture.Dispose();
        }
        torch.Tensor.TotalCount.Should().Be(before);
    }
}
