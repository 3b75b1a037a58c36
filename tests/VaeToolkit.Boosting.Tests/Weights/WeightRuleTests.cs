using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Weights;

public sealed class WeightRuleTests : IDisposable
{
    private const int Samples = 100_000;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(7);
    private readonly NormalMixture _mixture = OneDimension.TorchMixture();
    private readonly WeightProblem _problem;

    public WeightRuleTests() => _problem = new(OneDimension.TorchTarget(), _mixture, OneDimension.TorchComponent(), Samples);

    public void Dispose()
    {
        _problem.Dispose();
        _mixture.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public void The_bound_and_its_slope_agree_with_quadrature(double alpha)
    {
        // The log-ratios' deviations are below 0.7, so five standard errors of a mean of 100,000 are 0.011.
        _problem.Bound(_problem.Mixed(alpha)).Should().BeApproximately(OneDimension.Bound(alpha), 0.011);
        var slope = OneDimension.Integrate(
            x => (OneDimension.Component(x) - OneDimension.Mixture(x)) * Math.Log(OneDimension.Mixed(x, alpha) / OneDimension.Target(x)));
        _problem.Slope(alpha).Should().BeApproximately(slope, 0.022);
    }

    [Fact]
    public void The_bound_has_the_taylor_coefficients_of_the_corrected_expansion()
    {
        var linear = OneDimension.Integrate(
            x => (OneDimension.Component(x) - OneDimension.Mixture(x)) * Math.Log(5 * OneDimension.Target(x) / OneDimension.Mixture(x)));
        var square = OneDimension.Integrate(
            x => Math.Pow(OneDimension.Component(x) - OneDimension.Mixture(x), 2) / OneDimension.Mixture(x));
        const double alpha = 0.01;
        var change = OneDimension.Bound(alpha) - OneDimension.Bound(0);
        change.Should().BeApproximately(alpha * linear - alpha * alpha / 2 * square, 1e-5, "the remainder is of third order");
        (_problem.Bound(_problem.Mixed(alpha)) - _problem.Bound(_problem.Mixed(0)))
            .Should().BeApproximately(change, 2.2e-4, "common samples leave the slope's error times alpha");
    }

    [Fact]
    public void Bisection_finds_the_weight_of_the_smallest_divergence()
    {
        var best = OneDimension.SmallestAt(alpha => -OneDimension.Bound(alpha));
        new BisectionWeight().StepSize(_problem).Should().BeApproximately(best, 0.02);
        new BisectionWeight().StepSize(_problem).Should().Be(new BisectionWeight().StepSize(_problem), "the samples are common");
    }

    [Fact]
    public void Stochastic_gradients_come_near_the_same_weight()
        => new GradientWeight().StepSize(_problem)
            .Should().BeApproximately(OneDimension.SmallestAt(alpha => -OneDimension.Bound(alpha)), 0.06);

    [Fact]
    public void The_closed_form_minimises_chi_square_and_not_the_divergence()
    {
        var best = OneDimension.SmallestAt(
            alpha => OneDimension.Integrate(x => Math.Pow(OneDimension.Mixed(x, alpha), 2) / OneDimension.Target(x)));
        var closed = -OneDimension.Integrate(
            x => OneDimension.Mixture(x) * (OneDimension.Component(x) - OneDimension.Mixture(x)) / OneDimension.Target(x))
            / OneDimension.Integrate(x => Math.Pow(OneDimension.Component(x) - OneDimension.Mixture(x), 2) / OneDimension.Target(x));
        closed.Should().BeApproximately(best, 5e-4);
        new ChiSquareWeight().StepSize(_problem).Should().BeApproximately(closed, 0.02);
    }

    [Fact]
    public void A_component_that_is_the_mixture_itself_has_the_smallest_weight()
    {
        var one = new DiagonalComponents(torch.zeros(1, 1), torch.zeros(1, 1));
        using var mixture = new NormalMixture(one, [1]);
        using var problem = new WeightProblem(OneDimension.TorchTarget(), mixture, one, 100);
        new ChiSquareWeight().StepSize(problem).Should().Be(1e-4);
    }

    [Fact]
    public void The_bound_without_the_new_component_is_finite_where_the_old_mixture_has_no_density()
    {
        using var problem = new WeightProblem(OneDimension.TorchTarget(), _mixture, OneDimension.Line(60, 0.1), 100);
        problem.Bound(problem.Mixed(0)).Should().BeApproximately(OneDimension.Bound(0), 0.35, "there are 100 samples");
        new BisectionWeight().StepSize(problem).Should().BeLessThan(2e-4);
    }

    [Fact]
    public void Rules_without_samples_give_their_numbers()
    {
        using var three = new NormalMixture(
            OneDimension.Line(1, 1).Append(OneDimension.Line(2, 1)).Append(OneDimension.Line(3, 1)), [0.2, 0.3, 0.5]);
        using var problem = new WeightProblem(OneDimension.TorchTarget(), three, OneDimension.TorchComponent(), 10);
        new EqualWeights().Solve(problem).Should().Equal(0.25, 0.25, 0.25, 0.25);
        new FixedWeight().Solve(problem).Should().Equal(0.1, 0.15, 0.25, 0.5);
        new FrankWolfeWeight().StepSize(problem).Should().Be(2.0 / 5);
        FluentActions.Invoking(() => new FixedWeight(1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*inside (0, 1)*");
    }

    [Fact]
    public void Mirror_descent_agrees_with_bisection_where_there_are_two_components()
    {
        var weights = new MirrorDescentWeights().Solve(_problem);
        weights.Sum().Should().BeApproximately(1, 1e-12);
        _problem.Bound(weights).Should().BeApproximately(_problem.Bound(_problem.Mixed(new BisectionWeight().StepSize(_problem))), 1e-4);
    }

    [Fact]
    public void Expectation_maximisation_is_monotone_and_ends_where_no_weight_can_gain()
    {
        // Data from two of three components; the third is far away.
        var components = OneDimension.Line(-1, 1).Append(OneDimension.Line(2, 1)).Append(OneDimension.Line(40, 1));
        var points = torch.cat([torch.randn([600L, 1L], torch.float64) - 1, torch.randn([400L, 1L], torch.float64) + 2]);
        var logDensities = components.LogDensities(points, torch.zeros(3, torch.float64));
        double[] weights = [1.0 / 3, 1.0 / 3, 1.0 / 3];
        var before = double.NegativeInfinity;
        for (var sweep = 0; sweep < 200; sweep++)
        {
            var likelihood = (logDensities + torch.tensor(weights).log()).logsumexp(-1).mean().ToDouble();
            likelihood.Should().BeGreaterThanOrEqualTo(before - 1e-12);
            before = likelihood;
            weights = ExpectationMaximisationWeights.Fit(logDensities, weights, 1);
        }
        weights.Sum().Should().BeApproximately(1, 1e-12);
        var multipliers =
            (logDensities - (logDensities + torch.tensor(weights).log()).logsumexp(-1).unsqueeze(-1)).exp().mean([0L]).Values();
        multipliers[..2].Should().OnlyContain(value => Math.Abs(value - 1) < 1e-3);
        multipliers[2].Should().BeLessThan(1);
        weights[2].Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Expectation_maximisation_needs_a_target_that_can_be_sampled()
        => FluentActions.Invoking(() => new ExpectationMaximisationWeights().Solve(_problem))
            .Should().Throw<NotSupportedException>().WithMessage("*DensityTarget*");
}
