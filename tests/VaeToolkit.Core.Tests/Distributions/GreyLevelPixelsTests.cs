using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>The likelihoods of the 256 grey values: discretised logistic and categorical.</summary>
public sealed class GreyLevelPixelsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.5, -3.0)]
    [InlineData(0.02, -1.5)]
    [InlineData(0.998, -7.0)]
    [InlineData(-0.7, 2.0)]
    [InlineData(5.0, -4.0)]
    public void The_logistic_sums_to_one_over_all_levels_and_has_its_moments(double location, double logScale)
    {
        var all = new DiscretisedLogisticLikelihood(
            torch.full([256L, 1L], location, torch.float64), torch.full([256L, 1L], logScale, torch.float64));
        var one = new DiscretisedLogisticLikelihood(
            torch.full([1L, 1L], location, torch.float64), torch.full([1L, 1L], logScale, torch.float64));
        CheckLevels(all, one);
    }

    [Fact]
    public void The_categorical_sums_to_one_over_all_levels_and_has_its_moments()
    {
        var logits = torch.arange(0L, 256L, torch.float64).sin().reshape(1, 256, 1) * 3;
        CheckLevels(new CategoricalLikelihood(logits.expand(256, 256, 1)), new CategoricalLikelihood(logits));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_mixture_sums_to_one_over_all_levels_and_has_its_moments(int items)
    {
        var (logits, location, logScale) = Mixture(1, 1);
        CheckLevels(
            new DiscretisedLogisticMixtureLikelihood(
                logits.expand(256, 3, 1), location.expand(256, 3, 1), logScale.expand(256, 3, 1)),
            new DiscretisedLogisticMixtureLikelihood(logits, location, logScale));
        // Several items of several values, under several samples each.
        (logits, location, logScale) = Mixture(4 * items, 2 * 5);
        var (samples, values) = (new long[] { 4, items, 3, 2, 5 }, new long[] { items, 2, 5 });
        var likelihood = new DiscretisedLogisticMixtureLikelihood(
            logits.reshape(samples), location.reshape(samples), logScale.reshape(samples), itemRank: 2);
        var x = (torch.rand(values, torch.float64) * 255).round() / 255;
        var byComponent = Enumerable.Range(0, 3).Select(m => logits.softmax(1).select(1, m).log() + ByValue(m)).ToArray();
        var expected = torch.stack(byComponent).logsumexp(0).reshape(4, items, 10).sum(-1);
        likelihood.LogProb(x).Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
        likelihood.Mean.shape.Should().Equal(4, items, 2, 5);
        likelihood.Variance.shape.Should().Equal(4, items, 2, 5);
        likelihood.Sample().shape.Should().Equal(4, items, 2, 5);

        torch.Tensor ByValue(int m)
            => new DiscretisedLogisticLikelihood(location.select(1, m), logScale.select(1, m))
                .LogProbByValue(x.reshape(items, 10).repeat(4, 1));
    }

    [Fact]
    public void The_mixture_draws_its_levels_as_often_as_it_says()
    {
        const int Draws = 40_000;
        using var seed = SeedScope.Begin(1);
        var (logits, location, logScale) = Mixture(1, 1);
        var drawn = new DiscretisedLogisticMixtureLikelihood(
            logits.expand(Draws, 3, 1), location.expand(Draws, 3, 1), logScale.expand(Draws, 3, 1)).Sample().flatten();
        var one = new DiscretisedLogisticMixtureLikelihood(logits, location, logScale);
        foreach (var limit in new[] { 0, 60, 128, 200, 254 })
        {
            var upTo = torch.arange(0L, limit + 1L, torch.float64).reshape(limit + 1, 1) / 255;
            var p = new DiscretisedLogisticMixtureLikelihood(
                logits.expand(limit + 1, 3, 1), location.expand(limit + 1, 3, 1), logScale.expand(limit + 1, 3, 1))
                .LogProb(upTo).exp().sum().ToDouble();
            var share = drawn.le((limit + 0.5) / 255).to(torch.float64).mean().ToDouble();
            share.Should().BeApproximately(p, 4 * Math.Sqrt(p * (1 - p) / Draws), "four standard errors, up to level {0}", limit);
        }
        drawn.mean().ToDouble().Should().BeApproximately(
            one.Mean.ToDouble(), 4 * Math.Sqrt(one.Variance.ToDouble() / Draws), "four standard errors");
    }

    [Fact]
    public void Raw_output_of_the_mixture_is_logits_locations_and_log_scales_with_the_components_first()
    {
        var raw = torch.randn([2L, 12L, 2L, 2L], torch.float64);
        using var factory = ObservationModel.DiscretisedLogisticMixture(2, 2, 2, 2);
        factory.ParametersPerValue.Should().Be(6);
        var x = torch.full([2L, 2L, 2L, 2L], 7 / 255.0, torch.float64);
        // Component m of channel c is raw channel 2 m + c, then the same of the locations and of the log-scales; half a component's
        // place is added to the locations.
        var weights = raw.narrow(1, 0, 4).reshape(2, 2, 2, 2, 2).log_softmax(1);
        var byComponent = Enumerable.Range(0, 2).Select(m => weights.select(1, m) + new DiscretisedLogisticLikelihood(
            raw.narrow(1, 4 + 2 * m, 2) + (m + 0.5) / 2, raw.narrow(1, 8 + 2 * m, 2).clamp(-7, 2), itemRank: 3).LogProbByValue(x));
        var expected = torch.stack(byComponent.ToArray()).logsumexp(0);
        var likelihood = (DiscretisedLogisticMixtureLikelihood)factory.forward(raw);
        likelihood.LogProbByValue(x).Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
        likelihood.LogProb(x).Values().Zip(expected.flatten(1).sum(-1).Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(0)]
    [InlineData(255)]
    public void The_logistic_agrees_with_differences_of_its_distribution_function(int level)
    {
        const double Location = 0.4, Scale = 0.07;
        var (x, h) = (level / 255.0, 0.5 / 255);
        var expected = level switch
        {
            0 => Cdf(x + h),
            255 => 1 - Cdf(x - h),
            _ => Cdf(x + h) - Cdf(x - h),
        };
        new DiscretisedLogisticLikelihood(torch.full([1L, 1L], Location, torch.float64),
            torch.full([1L, 1L], Math.Log(Scale), torch.float64))
            .LogProb(torch.full([1L, 1L], x, torch.float64)).ToDouble().Should().BeApproximately(Math.Log(expected), 1e-10);

        static double Cdf(double at) => 1 / (1 + Math.Exp(-(at - Location) / Scale));
    }

    [Fact]
    public void The_logistic_stays_exact_far_from_its_location_in_single_precision()
    {
        // 1000 scales away the two values of the distribution function are equal to the last digit.
        var scale = Math.Exp(-7);
        var likelihood = new DiscretisedLogisticLikelihood(torch.zeros([1L, 1L]), torch.full([1L, 1L], -7, torch.float32));
        var expected = -((200.0 / 255 - 0.5 / 255) / scale) + Math.Log(1 - Math.Exp(-1 / 255.0 / scale));
        likelihood.LogProb(torch.full([1L, 1L], 200f / 255, torch.float32)).ToDouble().Should().BeApproximately(expected, 1e-3);
    }

    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        var x = torch.tensor(new[] { 0.0, 1.0, 100 / 255.0, 3 / 255.0 }).reshape(2, 2);
        var at = torch.tensor(new[] { 0.1, 0.8, 0.5, -0.2 }).reshape(2, 2);
        foreach (var function in new Func<torch.Tensor, torch.Tensor>[]
        {
            location => new DiscretisedLogisticLikelihood(location, at - 3).LogProb(x).sum(),
            logScale => new DiscretisedLogisticLikelihood(at, logScale - 3).LogProb(x).sum(),
            location => new DiscretisedLogisticLikelihood(location, at - 3).Mean.sum(),
            logits => Of(logits, at, at - 3),
            location => Of(at, location, at - 3),
            logScale => Of(at, at, logScale - 3),
        })
        {
            Reference.Gradient(function, at).Zip(Reference.FiniteDifferences(function, at))
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * (1 + Math.Abs(p.Second)));
        }

        // Two items of one value and two components.
        torch.Tensor Of(torch.Tensor logits, torch.Tensor location, torch.Tensor logScale)
            => new DiscretisedLogisticMixtureLikelihood(
                logits.unsqueeze(-1), location.unsqueeze(-1), logScale.unsqueeze(-1)).LogProb(x.narrow(1, 0, 1)).sum();
    }

    [Fact]
    public void Raw_output_of_the_categorical_is_256_times_the_first_axis_with_the_levels_first()
    {
        var raw = torch.randn([2L, 768L, 2L, 2L], torch.float64);
        using var factory = ObservationModel.Categorical(3, 2, 2);
        var likelihood = factory.forward(raw);
        likelihood.Mean.shape.Should().Equal(2, 3, 2, 2);
        likelihood.Sample().shape.Should().Equal(2, 3, 2, 2);
        likelihood.Variance.shape.Should().Equal(2, 3, 2, 2);
        var x = torch.full([2L, 3L, 2L, 2L], 7 / 255.0, torch.float64);
        // The logit of level 7 of channel c is raw channel 7 · 3 + c.
        var expected = (raw.narrow(1, 21, 3) - raw.reshape(2, 256, 3, 2, 2).logsumexp(1)).flatten(1).sum(-1);
        likelihood.LogProb(x).Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
        factory.forward(raw.unsqueeze(0).repeat(3, 1, 1, 1, 1))
            .LogProb(x).Values().Zip([.. expected.Values(), .. expected.Values(), .. expected.Values()])
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
    }

    [Fact]
    public void Values_between_the_levels_are_explained()
    {
        var logistic = new DiscretisedLogisticLikelihood(torch.zeros([1L, 2L]), torch.zeros([1L, 2L]));
        logistic.ExplainOutsideSupport(torch.tensor(new[] { 17f / 255, 254f / 255 }).reshape(1, 2)).Should().BeNull();
        logistic.ExplainOutsideSupport(torch.tensor(new[] { 0f, 0.5f }).reshape(1, 2)).Should().Contain("0.5 of a level");
        logistic.ExplainOutsideSupport(torch.tensor(new[] { 0f, 2f }).reshape(1, 2)).Should().Contain("[0, 2]");
        new CategoricalLikelihood(torch.zeros([1L, 256L, 2L])).ExplainOutsideSupport(torch.tensor(new[] { -1f, 0f }).reshape(1, 2))
            .Should().Contain("categorical").And.Contain("[-1, 0]");
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new DiscretisedLogisticLikelihood(torch.zeros([2L, 3L]), torch.zeros([2L, 4L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 4]*");
        FluentActions.Invoking(() => new CategoricalLikelihood(torch.zeros([2L, 255L, 3L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 255, 3]*256*");
        FluentActions.Invoking(() => new CategoricalLikelihood(torch.zeros([256L, 3L]))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new DiscretisedLogisticMixtureLikelihood(
            torch.zeros([2L, 4L, 3L]), torch.zeros([2L, 4L, 3L]), torch.zeros([2L, 5L, 3L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 4, 3], logScale [2, 5, 3]*");
        FluentActions.Invoking(() => new DiscretisedLogisticMixtureLikelihood(
            torch.zeros([4L, 3L]), torch.zeros([4L, 3L]), torch.zeros([4L, 3L])))
            .Should().Throw<ArgumentException>().WithMessage("*[4, 3]*");
        FluentActions.Invoking(() => ObservationModel.DiscretisedLogisticMixture(0, 3))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*components M*");
    }

    // Three components, [rows, 3, values]: a narrow one, a wide one, and one at the edge.
    private static (torch.Tensor Logits, torch.Tensor Location, torch.Tensor LogScale) Mixture(long rows, long values)
    {
        using var seed = SeedScope.Begin(5);
        return (Of(0.2, -0.7, 0.4), Of(0.3, 0.6, 1.01), Of(-4, -1.5, -3));

        torch.Tensor Of(params double[] each)
            => torch.tensor(each).reshape(1, 3, 1) + torch.randn([rows, 3, values], torch.float64) * (rows * values == 1 ? 0 : 0.1);
    }

    private static void CheckLevels(Likelihood all, Likelihood one)
    {
        var levels = torch.arange(0L, 256L, torch.float64).reshape(256, 1) / 255;
        var (p, x) = (all.LogProb(levels).exp().Values(), levels.Values());
        p.Sum().Should().BeApproximately(1, 1e-12);
        var mean = p.Zip(x, (probability, value) => probability * value).Sum();
        one.Mean.ToDouble().Should().BeApproximately(mean, 1e-10);
        one.Variance.ToDouble()
            .Should().BeApproximately(p.Zip(x, (probability, value) => probability * (value - mean) * (value - mean)).Sum(), 1e-10);
    }
}
