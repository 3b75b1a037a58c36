using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Steps;

public sealed class BoostingStepTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(2);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_guard_alone_keeps_a_component_near_a_target_with_heavier_tails(bool guarded)
    {
        // p = N(0, 2²), q = N(0, 1): the objective of N(m, 1) without a guard grows like 3m²/8.
        using var mixture = Single(0, 1);
        using var candidates = new NormalCandidates(4, 1, new() { Spread = 3 });
        new BoostingStep(Wide(), new()
        {
            RefinementSteps = 0,
            Guard = guarded ? BoostingGuard.Normal(6) : null,
            Weights = new EqualWeights(),
            MinimumGain = null,
        }).Run(mixture, candidates).Mixture!.Dispose();
        var furthest = candidates.Components().Means.abs().amax().ToDouble();
        if (guarded)
            furthest.Should().BeLessThan(10);
        else
            furthest.Should().BeGreaterThan(10);
    }

    [Fact]
    public void Weights_after_several_steps_follow_the_product_rule()
    {
        var step = new BoostingStep(Wide(), new() { Steps = 5, RefinementSteps = 5, Weights = new FixedWeight(0.3), MinimumGain = null });
        var mixture = Single(0, 1);
        for (var i = 0; i < 3; i++)
        {
            using var candidates = new NormalCandidates(2, 1, new());
            var outcome = step.Run(mixture, candidates);
            mixture.Dispose();
            mixture = outcome.Mixture!;
            outcome.Report.Weight.Should().BeApproximately(0.3, 1e-12);
        }
        double[] expected = [0.7 * 0.7 * 0.7, 0.3 * 0.7 * 0.7, 0.3 * 0.7, 0.3];
        mixture.Weights.Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
        mixture.Dispose();
    }

    [Fact]
    public void A_component_that_does_not_raise_the_bound_is_refused_and_the_mixture_stands()
    {
        using var mixture = Single(0, 2);
        var points = torch.linspace(-4, 4, 9).unsqueeze(1);
        var before = mixture.LogDensity(points).Values();
        using var candidates = new NormalCandidates(3, 1, new());
        var outcome = new BoostingStep(Wide(), new() { Steps = 50 }).Run(mixture, candidates);
        outcome.Mixture.Should().BeNull();
        outcome.Candidate.Should().BeNull();
        outcome.Report.Should().Match<BoostingReport>(report => !report.Accepted && report.Weight == 0 && report.EffectiveComponents == 1);
        mixture.LogDensity(points).Values().Should().Equal(before);
        mixture.Weights.Should().Equal(1.0);
    }

    [Fact]
    public void The_first_component_is_plain_variational_inference_whatever_lambda_is()
    {
        double[] Means(double ratioWeight)
        {
            using var seed = SeedScope.Begin(1);
            using var candidates = new NormalCandidates(2, 1, new());
            using var mixture = new BoostingStep(Wide(), new() { Steps = 40, RatioWeight = ratioWeight }).Run(null, candidates).Mixture!;
            return mixture.Components.Means.Values();
        }

        Means(0.5).Should().Equal(Means(2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void Lambda_must_be_positive(double ratioWeight)
        => FluentActions.Invoking(() => new BoostingStep(Wide(), new() { RatioWeight = ratioWeight }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*λ*above 0*");

    [Fact]
    public void Candidates_of_another_size_and_targets_of_a_wrong_shape_are_named()
    {
        using var candidates = new NormalCandidates(1, 3, new());
        FluentActions.Invoking(() => new BoostingStep(Wide()).Run(null, candidates))
            .Should().Throw<ArgumentException>().WithMessage("*3 dimensions*1*");
        using var fitting = new NormalCandidates(1, 1, new());
        FluentActions.Invoking(() => new BoostingStep(new DensityTarget(1, points => points)).Run(null, fitting))
            .Should().Throw<InvalidOperationException>().WithMessage("*must be [32]*");
        FluentActions.Invoking(
            () => new BoostingStep(new DensityTarget(1, points => points.sum(-1) * double.NaN), new() { Steps = 1 }).Run(null, fitting))
            .Should().Throw<ArithmeticException>().WithMessage("*not finite*");
        FluentActions.Invoking(() => BoostingGuard.Normal(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => BoostingGuard.Normal(1, share: 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_guard_of_a_wrong_shape_is_named_and_what_libtorch_says_of_a_density_is_one_line()
    {
        void Run(Func<torch.Tensor, torch.Tensor> target, Func<torch.Tensor, torch.Tensor> guard)
        {
            using var mixture = Single(0, 1);
            using var candidates = new NormalCandidates(1, 1, new());
            new BoostingStep(new DensityTarget(1, target), new() { Steps = 1, Guard = new(guard) }).Run(mixture, candidates);
        }

        torch.Tensor Density(torch.Tensor points) => points.square().sum(-1) / -8;
        torch.Tensor Failing(torch.Tensor points) => (points + torch.zeros(7, 3)).sum(1);
        FluentActions.Invoking(() => Run(Density, points => points.square() / -8)).Should().Throw<InvalidOperationException>()
            .WithMessage("the guard's log-density of points [*, 1] has shape [*, 1]; it must be [*]");
        FluentActions.Invoking(() => Run(Density, _ => null!)).Should().Throw<InvalidOperationException>()
            .WithMessage("the guard's log-density of points [*, 1] is null; it must be [*]");
        FluentActions.Invoking(() => Run(Density, Failing)).Should().Throw<InvalidOperationException>()
            .Which.Message.Should().StartWith("the guard's log-density on [").And.NotContain("\n");
        FluentActions.Invoking(() => Run(Failing, Density)).Should().Throw<InvalidOperationException>()
            .Which.Message.Should().StartWith("the target's log-density on [").And.NotContain("\n");
    }

    [Fact]
    public void A_cancelled_step_leaves_the_mixture_as_it_was()
    {
        using var mixture = Single(0, 1);
        using var candidates = new NormalCandidates(1, 1, new());
        FluentActions.Invoking(() => new BoostingStep(Wide()).Run(mixture, candidates, new CancellationToken(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        mixture.Weights.Should().Equal(1.0);
    }

    private static DensityTarget Wide() => new(1, points => points.square().sum(-1) / -8);

    private static NormalMixture Single(double mean, double deviation)
        => new(new DiagonalComponents(torch.full([1L, 1L], mean), torch.full([1L, 1L], 2 * Math.Log(deviation))), [1]);
}
