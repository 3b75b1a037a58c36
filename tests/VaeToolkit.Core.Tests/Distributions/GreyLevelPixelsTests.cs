using TorchSharp;

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
        })
        {
            Reference.Gradient(function, at).Zip(Reference.FiniteDifferences(function, at))
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * (1 + Math.Abs(p.Second)));
        }
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
