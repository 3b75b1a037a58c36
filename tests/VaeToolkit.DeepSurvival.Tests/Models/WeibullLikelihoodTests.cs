using TorchSharp;
using VaeToolkit.Survival;

namespace VaeToolkit.DeepSurvival.Tests.Models;

public sealed class WeibullLikelihoodTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Tensors_agree_with_the_distribution_for_observed_and_censored_times()
    {
        double[] scales = [0.5, 2, 40], shapes = [0.6, 1, 2.5], times = [0.2, 3, 35];
        var likelihood = new WeibullLikelihood(torch.tensor(scales).log(), torch.tensor(shapes));
        var logTime = torch.tensor(times).log();
        var exact = Enumerable.Range(0, 3).Select(i => new WeibullDistribution(scales[i], shapes[i])).ToArray();
        Compare(likelihood.LogHazard(logTime), i => exact[i].LogHazard(times[i]));
        Compare(likelihood.LogSurvival(logTime), i => exact[i].LogSurvival(times[i]));
        Compare(likelihood.LogProb(logTime, torch.tensor([1.0, 0, 1])),
            i => i == 1 ? exact[i].LogSurvival(times[i]) : exact[i].LogDensity(times[i]));

        static void Compare(torch.Tensor computed, Func<int, double> expected)
        {
            var values = computed.Values();
            for (var i = 0; i < 3; i++)
                values[i].Should().BeApproximately(expected(i), 1e-12);
        }
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        torch.Tensor Total(torch.Tensor p)
            => new WeibullLikelihood(p.select(0, 0), p.select(0, 1).exp()).LogProb(torch.tensor([0.5, -1.0]), torch.tensor([1.0, 0])).sum();
        var at = torch.tensor([0.3, -0.2, 0.4, 0.1]).reshape(2, 2);
        var (gradient, differences) = (Reference.Gradient(Total, at), Reference.FiniteDifferences(Total, at));
        for (var i = 0; i < 4; i++)
            gradient[i].Should().BeApproximately(differences[i], 1e-7);
    }

    [Fact]
    public void A_hopeless_start_is_finite_and_keeps_its_gradient()
    {
        torch.Tensor Loss(torch.Tensor logScale)
            => new WeibullLikelihood(logScale, torch.full(1, 10.0f)).LogSurvival(torch.full(1, 20.0f)).sum();
        var start = torch.zeros(1);
        float.IsFinite(Loss(start).item<float>()).Should().BeTrue();
        var gradient = Reference.Gradient(Loss, start)[0];
        gradient.Should().BeGreaterThan(1e10);
        (gradient * gradient).Should().BeLessThan(float.MaxValue);
    }

    [Fact]
    public void Times_and_indicators_outside_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        var weibull = new WeibullLikelihood(torch.zeros(2), torch.ones(2));
        weibull.LogProb(torch.zeros(2), torch.tensor(new[] { 0f, 1 })).Values().Should().Equal(-1, -1);
        FluentActions.Invoking(() => weibull.LogProb(torch.tensor(new[] { 0, float.NegativeInfinity }), torch.zeros(2)))
            .Should().Throw<ArgumentException>().WithMessage("logTime, value 1, is -Infinity; it must be a finite logarithm*");
        FluentActions.Invoking(() => weibull.LogProb(torch.zeros(2), torch.tensor(new[] { 0.5f, 1 })))
            .Should().Throw<ArgumentException>().WithMessage("observed, value 0, is 0.5; it must be 0, for a censored time, or 1*");
    }

    [Theory]
    [InlineData(2f, "2")]
    [InlineData(-1f, "-1")]
    [InlineData(float.NaN, "NaN")]
    public void An_indicator_that_is_none_is_named(float value, string text)
    {
        using var scope = torch.NewDisposeScope();
        var weibull = new WeibullLikelihood(torch.zeros(3), torch.ones(3));
        FluentActions.Invoking(() => weibull.LogProb(torch.zeros(3), torch.tensor([0f, 1, value])))
            .Should().ThrowExactly<ArgumentException>()
            .WithMessage($"observed, value 2, is {text}; it must be 0, for a censored time, or 1*");
    }

    [Fact]
    public void Times_and_indicators_of_another_shape_are_refused_and_not_compared_with_all_distributions()
    {
        using var scope = torch.NewDisposeScope();
        var weibull = new WeibullLikelihood(torch.zeros(4, 3), torch.ones(4, 3));
        var (times, column, few) = (torch.zeros(3), torch.zeros(3, 1), torch.zeros(2));
        weibull.LogProb(times, torch.ones(3, dtype: torch.@bool)).shape.Should().Equal(4, 3);
        foreach (var act in new Action[] { () => weibull.LogProb(times, column), () => weibull.LogProb(times, few) })
            act.Should().ThrowExactly<ArgumentException>().WithMessage("observed has shape * for distributions [4, 3]; it must be [3]*");
        foreach (var act in new Action[]
                 {
                     () => weibull.LogProb(few, times), () => weibull.LogHazard(column), () => weibull.LogSurvival(few),
                 })
            act.Should().ThrowExactly<ArgumentException>().WithMessage("logTime has shape * for distributions [4, 3]; it must be [3]*");
    }
}
