using TorchSharp;
using VaeToolkit.Tests;

namespace VaeToolkit.Boosting.Tests.Posteriors;

public sealed class MpviTests
{
    [Theory]
    [InlineData("ring8", 10, 10, 0.30)]
    [InlineData("banana", 4, 4, 0.33)]
    [InlineData("ring_potential", 3, 3, 0.25)]
    [InlineData("cross", 2, 2, 0.05)]
    public void Toy_targets_are_reached_and_the_divergence_does_not_grow(string name, int components, int judgedAt, double largest)
        => Reached(ToyTarget.All.Single(toy => toy.Name == name), components, judgedAt, largest).Dispose();

    [Fact]
    public void A_third_component_for_two_modes_is_refused()
    {
        using var result = Reached(ToyTarget.TwoModes, components: 3, judgedAt: 2, largest: 0.02);
        result.Mixture.Weights.Should().HaveCount(2).And.OnlyContain(weight => Math.Abs(weight - 0.5) < 0.05);
        result.Reports.Select(report => report.Accepted).Should().Equal(true, true, false);
    }

    [Fact]
    public void One_normal_target_is_recovered_by_the_first_component()
    {
        double[] mean = [1, -2];
        double[] deviation = [0.5, 1.5];
        var target = new DensityTarget(
            2, points => ((points - torch.tensor(mean).@float()) / torch.tensor(deviation).@float()).square().sum(-1) * -0.5);
        using var result = Mpvi.Fit(target, new() { Components = 1 });
        var components = (DiagonalComponents)result.Mixture.Components;
        var (m, v) = (components.Means.Values(), components.LogVariances.Values());
        // KL between diagonal normals
        Enumerable.Range(0, 2).Sum(d => (2 * Math.Log(deviation[d]) - v[d]
            + (Math.Exp(v[d]) + Math.Pow(m[d] - mean[d], 2)) / (deviation[d] * deviation[d]) - 1) / 2).Should().BeLessThan(1e-3);
        result.Reports[0].Bound.Should().BeApproximately(
            Math.Log(2 * Math.PI * 0.5 * 1.5), 0.02, "the bound of an exact posterior is log ∫ p");
    }

    [Fact]
    public void A_full_covariance_recovers_a_correlated_normal()
    {
        // precision [[2, -1.2], [-1.2, 1]], so the covariance is its inverse, [[1.7857, 2.1429], [2.1429, 3.5714]]
        var target = new DensityTarget(2, points =>
        {
            var (x, y) = (points.select(1, 0), points.select(1, 1));
            return (x.square() * 2 - x * y * 2.4 + y.square()) * -0.5;
        });
        using var result = Mpvi.Fit(target, new() { Components = 1, Start = new() { Covariance = ComponentCovariance.Full } });
        using var scope = torch.NewDisposeScope();
        var factor = ((FullComponents)result.Mixture.Components).Factors.select(0, 0);
        double[] expected = [1.7857, 2.1429, 2.1429, 3.5714];
        factor.mm(factor.t()).Values().Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 0.1);
    }

    [Fact]
    public void All_weights_can_be_chosen_anew_at_every_step()
    {
        using var result = Mpvi.Fit(
            ToyTarget.TwoModes, new() { Components = 2, Seed = 1, Step = new() { Weights = new MirrorDescentWeights() } });
        GridComparison.Of(ToyTarget.TwoModes, result.Mixture, 200).ReverseDivergence.Should().BeLessThan(0.02);
    }

    [Fact]
    public void The_same_seed_gives_the_same_mixture_and_no_tensor_is_left()
    {
        double[] Run()
        {
            using var result = Mpvi.Fit(
                ToyTarget.TwoModes, new() { Components = 2, Seed = 4, Step = new() { Steps = 60, RefinementSteps = 20 } });
            using var scope = torch.NewDisposeScope();
            return [.. result.Mixture.Components.Means.Values(), .. result.Mixture.Weights];
        }

        var first = Run();
        var before = Reference.LiveTensors();
        Run().Should().Equal(first);
        (torch.Tensor.TotalCount - 4)
            .Should().Be(before, "each of two components has candidates of two parameters, mean and spread");
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        FluentActions.Invoking(() => Mpvi.Fit(ToyTarget.Ring8, new() { Components = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Components*at least 1*");
        FluentActions.Invoking(() => Mpvi.Fit(ToyTarget.Ring8, new() { Restarts = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Restarts*");
        FluentActions.Invoking(() => Mpvi.Fit(ToyTarget.Ring8, new() { Start = new() { Minimum = 6 } }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Maximum*");
        FluentActions.Invoking(() => Mpvi.Fit(ToyTarget.Ring8, cancellationToken: new CancellationToken(canceled: true)))
            .Should().Throw<OperationCanceledException>();
    }

    private static MpviResult Reached(ToyTarget target, int components, int judgedAt, double largest)
    {
        var divergences = new List<double>();
        var result = Mpvi.Fit(target, new() { Components = components, Seed = 1 },
            mixture => divergences.Add(GridComparison.Of(target, mixture, 200).ReverseDivergence));
        divergences.Zip(divergences.Skip(1)).Should().OnlyContain(p => p.Second < p.First + 0.01);
        divergences[Math.Min(judgedAt, divergences.Count) - 1].Should().BeLessThan(largest);
        var comparison = GridComparison.Of(target, result.Mixture);
        comparison.MixtureMass.Should().BeApproximately(1, 0.01);
        comparison.ModesFound.Should().Be(target.Modes.Count);
        return result;
    }
}
