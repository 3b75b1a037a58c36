using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

public sealed class ObservationModelTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Raw_outputs_of_another_shape_are_refused_with_both()
    {
        foreach (var model in new[]
                 {
                     ObservationModel.Bernoulli(3, 2), ObservationModel.ContinuousBernoulli(3, 2), ObservationModel.Gaussian(1, 3, 2),
                     ObservationModel.LearnedGaussian(3, 2), ObservationModel.SharedGaussian(3, 2), ObservationModel.Laplace(1, 3, 2),
                     ObservationModel.LearnedLaplace(3, 2), ObservationModel.DiscretisedLogistic(3, 2),
                     ObservationModel.DiscretisedLogisticMixture(2, 3, 2), ObservationModel.Categorical(3, 2),
                 })
        {
            var length = 3 * model.ParametersPerValue;
            foreach (var shape in new long[][] { [4, length + 1, 2], [4, length * 2], [length, 2], [1, 1, 4, length, 2] })
            {
                FluentActions.Invoking(() => model.call(torch.zeros(shape))).Should().ThrowExactly<ArgumentException>()
                    .WithMessage($"input has shape {Shape.Text(shape)}; {model} takes [N, {length}, 2] or [K, N, {length}, 2]*");
            }
            model.call(torch.zeros(5, 4, length, 2)).Mean.shape.Should().Equal(5, 4, 3, 2);
            model.Dispose();
        }
    }

    [Fact]
    public void A_convolutional_decoders_picture_may_be_larger()
    {
        using var model = ObservationModel.LearnedGaussian(3, 4, 4);
        var picture = model.call(torch.zeros(2, 6, 8, 8));
        picture.Mean.shape.Should().Equal(2, 3, 8, 8);
        picture.LogProb(torch.zeros(2, 3, 8, 8)).Values().Should().OnlyContain(nats => Math.Abs(nats + 96 * Math.Log(2 * Math.PI)) < 1e-3);
    }

    [Fact]
    public void Bernoulli_sums_to_one_over_all_pictures()
    {
        var logits = torch.tensor(new[] { 0.3, -2.0, 45.0 }).reshape(1, 3).expand(8, 3);
        var pictures = torch.tensor(Enumerable.Range(0, 24).Select(i => (double)(i / 3 >> i % 3 & 1)).ToArray()).reshape(8, 3);
        new BernoulliLikelihood(logits).LogProb(pictures).exp().sum().ToDouble().Should().BeApproximately(1, 1e-14);
    }

    [Theory]
    [InlineData(-800.0, 1, -800.0)]
    [InlineData(800.0, 1, 0.0)]
    [InlineData(800.0, 0, -800.0)]
    [InlineData(0.0, 1, -0.69314718055994531)]
    public void Bernoulli_is_exact_at_extreme_logits(double logit, double pixel, double expected)
        => new BernoulliLikelihood(torch.full([1, 1], logit, torch.float64)).LogProb(torch.full([1, 1], pixel, torch.float64)).Values()[0]
            .Should().BeApproximately(expected, 1e-14);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gaussian_integrates_to_one_and_has_its_moments(bool learned)
    {
        const double Mean = 0.2, Variance = 0.3;
        var moments = Enumerable.Range(0, 3).Select(power => Reference.Integrate(
            x => Density(x).Zip(x, (p, value) => p * Math.Pow(value, power)).ToArray(), -8, 8)).ToArray();
        moments[0].Should().BeApproximately(1, 1e-10);
        moments[1].Should().BeApproximately(Mean, 1e-10);
        (moments[2] - Mean * Mean).Should().BeApproximately(Variance, 1e-10);
        Distribution(1).Variance.Values()[0].Should().BeApproximately(Variance, 1e-15);

        double[] Density(double[] x) => Distribution(x.Length).LogProb(torch.tensor(x).reshape(-1, 1)).exp().Values();

        GaussianLikelihood Distribution(long count)
        {
            var mean = torch.full([count, 1], Mean, torch.float64);
            return learned ? new(mean, torch.full([count, 1], Math.Log(Variance), torch.float64)) : new(mean, Variance);
        }
    }

    [Fact]
    public void Samples_have_the_stated_mean_and_variance_within_four_standard_errors()
    {
        using var seed = SeedScope.Begin(17);
        const long Count = 40_000;
        Check(new BernoulliLikelihood(torch.full([Count, 1], 0.8, torch.float64)));
        Check(new GaussianLikelihood(torch.full([Count, 1], -0.4, torch.float64), 2.5));
        Check(new GaussianLikelihood(torch.full([Count, 1], -0.4, torch.float64), torch.full([Count, 1], 0.9, torch.float64)));

        static void Check(Likelihood likelihood)
        {
            var draws = likelihood.Sample().Values();
            var (mean, variance) = (likelihood.Mean.Values()[0], likelihood.Variance.Values()[0]);
            draws.Average().Should().BeApproximately(mean, 4 * Math.Sqrt(variance / Count));
            var squares = draws.Select(x => (x - mean) * (x - mean)).ToArray();
            var spread = Math.Sqrt(squares.Select(s => s * s).Average() - squares.Average() * squares.Average());
            squares.Average().Should().BeApproximately(variance, 4 * spread / Math.Sqrt(Count) + 1e-12);
        }
    }

    [Fact]
    public void Samples_of_the_latents_are_compared_with_every_item()
    {
        var logits = torch.randn([3, 2, 1, 2, 2], dtype: torch.float64);
        var x = torch.randn([2, 1, 2, 2], dtype: torch.float64).gt(0).to(torch.float64);
        var together = new BernoulliLikelihood(logits, itemRank: 3).LogProb(x);
        together.shape.Should().Equal(3, 2);
        var apart = Enumerable.Range(0, 3).SelectMany(k => new BernoulliLikelihood(logits.select(0, k).flatten(1)).LogProb(x).Values());
        together.Values().Zip(apart).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        var x = torch.tensor(new[] { 0.0, 1.0, 1.0, 0.0 }).reshape(2, 2);
        var at = torch.tensor(new[] { 0.4, -1.1, 2.2, 0.1 }).reshape(2, 2);
        foreach (var function in new Func<torch.Tensor, torch.Tensor>[]
        {
            logits => new BernoulliLikelihood(logits).LogProb(x).sum(),
            mean => new GaussianLikelihood(mean, 0.7).LogProb(x).sum(),
            logVariance => new GaussianLikelihood(x, logVariance).LogProb(at).sum(),
        })
        {
            Reference.Gradient(function, at).Zip(Reference.FiniteDifferences(function, at))
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-7 * (1 + Math.Abs(p.Second)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_mean_of_all_log_densities_has_a_shorter_way_with_the_same_value_and_gradient(bool fused)
    {
        using var seed = SeedScope.Begin(4);
        var type = fused ? torch.float32 : torch.float64;
        var x = torch.rand([50, 784]).gt(0.6).to(type);
        var one = (torch.randn([2, 50, 784], type) * 5).requires_grad_();
        var other = one.detach().clone().requires_grad_();
        var (direct, byRows) = (new BernoulliLikelihood(one).MeanLogProb(x), new BernoulliLikelihood(other).LogProb(x).mean());
        (direct * 3f).backward();
        (byRows * 3f).backward();
        direct.ToDouble().Should().BeApproximately(byRows.ToDouble(), 1e-6 * Math.Abs(byRows.ToDouble()));
        one.grad!.Values().Zip(other.grad!.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= 1e-6 * Math.Abs(p.Second));
        using var noGradient = torch.no_grad();
        new BernoulliLikelihood(one).MeanLogProb(x).ToDouble()
            .Should().BeApproximately(byRows.ToDouble(), 1e-6 * Math.Abs(byRows.ToDouble()));
    }

    [Theory]
    [InlineData(1, 3, 5)]
    [InlineData(4, 7, 29)]
    [InlineData(3, 50, 784)]
    public void Fused_pass_equals_the_operators_in_value_and_gradient_whatever_the_number_of_threads(long samples, long items, long size)
    {
        using var seed = SeedScope.Begin(4);
        var x = torch.rand([items, size]).gt(0.6).to(torch.float32);
        var logits = (torch.randn([samples, items, size]) * 30).requires_grad_();
        logits.detach().select(0, 0).select(0, 0).copy_(torch.linspace(-120, 120, size));
        var (value, gradient) = SameWithAnotherThread(Fused);

        var exact = logits.detach().to(torch.float64).requires_grad_();
        var reference = BernoulliLikelihood.LogProbByOperators(exact, x.to(torch.float64));
        reference.sum().backward();
        value.Zip(reference.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 2e-6 * size * 30, "float32 sums of values of that size");
        gradient.Zip(exact.grad!.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6);
        using var noGradient = torch.no_grad();
        new BernoulliLikelihood(logits.detach()).LogProb(x).Values().Zip(reference.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 2e-6 * size * 30);

        (double[] Value, double[] Gradient) Fused()
        {
            logits.grad = null!;
            var fused = new BernoulliLikelihood(logits).LogProb(x);
            (fused * 1f).sum().backward();
            return (fused.Values(), logits.grad!.Values());
        }
    }

    [Theory]
    [InlineData(1, 3, 5)]
    [InlineData(4, 7, 29)]
    [InlineData(3, 50, 784)]
    public void Fused_squared_error_equals_the_operators_in_value_and_gradient_whatever_the_number_of_threads(
        long samples, long items, long size)
    {
        using var seed = SeedScope.Begin(5);
        var x = torch.rand([items, size]);
        var mean = torch.randn([samples, items, size]).requires_grad_();
        var weights = torch.rand([samples, items]);
        var (value, gradient) = SameWithAnotherThread(Fused);

        var exact = mean.detach().to(torch.float64).requires_grad_();
        var reference = GaussianLikelihood.SquaredErrorByOperators(exact, x.to(torch.float64));
        (reference * weights.to(torch.float64)).sum().backward();
        value.Zip(reference.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * p.Second);
        gradient.Zip(exact.grad!.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * (1 + Math.Abs(p.Second)));
        using var noGradient = torch.no_grad();
        GaussianLikelihood.SquaredError(mean.detach(), x).Values().Zip(reference.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * p.Second);

        (double[] Value, double[] Gradient) Fused()
        {
            mean.grad = null!;
            var fused = GaussianLikelihood.SquaredError(mean, x);
            (fused * weights).sum().backward();
            return (fused.Values(), mean.grad!.Values());
        }
    }

    [Fact]
    public void Learned_variance_is_split_off_the_raw_output_and_clamped()
    {
        var raw = torch.tensor(new[] { 0.1, 0.2, 0.3, 0.4, -9.0, 9.0, 0.5, -0.5 }).reshape(1, 2, 2, 2);
        var likelihood = ObservationModel.LearnedGaussian(1, 2, 2).forward(raw);
        likelihood.Mean.Values().Should().Equal(0.1, 0.2, 0.3, 0.4);
        likelihood.Variance.log().Values().Zip([-6, 2, 0.5, -0.5]).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Values_outside_the_support_are_explained()
    {
        var bernoulli = new BernoulliLikelihood(torch.zeros(1, 2));
        bernoulli.ExplainOutsideSupport(torch.tensor(new[] { 0f, 1f }).reshape(1, 2)).Should().BeNull();
        bernoulli.ExplainOutsideSupport(torch.tensor(new[] { 0f, 1.5f }).reshape(1, 2)).Should().Contain("[0, 1.5]");
        bernoulli.ExplainOutsideSupport(torch.tensor(new[] { 0f, float.NaN }).reshape(1, 2)).Should().Contain("NaN");
        new GaussianLikelihood(torch.zeros(1, 2), 1).ExplainOutsideSupport(torch.tensor(new[] { 0f, 1.5f }).reshape(1, 2))
            .Should().BeNull();
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        var bernoulli = new BernoulliLikelihood(torch.zeros(2, 3));
        FluentActions.Invoking(() => bernoulli.LogProb(torch.zeros(2, 4)))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 4]*3 values an item*");
        FluentActions.Invoking(() => bernoulli.LogProb(torch.zeros(3, 3))).Should().Throw<ArgumentException>().WithMessage("*3 items*2*");
        FluentActions.Invoking(() => new BernoulliLikelihood(torch.zeros(2))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new GaussianLikelihood(torch.zeros(2, 3), 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new GaussianLikelihood(torch.zeros(2, 3), torch.zeros(3, 2)))
            .Should().Throw<ArgumentException>().WithMessage("*[3, 2]*");
        FluentActions.Invoking(() => ObservationModel.Bernoulli()).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ObservationModel.Gaussian(double.NaN, 4)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ObservationModel.LearnedGaussian(new LogVarianceRange(2, 1), 4))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 1]*");
    }

    private static (double[] Value, double[] Gradient) SameWithAnotherThread(Func<(double[] Value, double[] Gradient)> compute)
    {
        var threads = torch.get_num_threads();
        var first = compute();
        torch.set_num_threads(threads + 1);
        var again = compute();
        torch.set_num_threads(threads);
        again.Value.Should().Equal(first.Value);
        again.Gradient.Should().Equal(first.Gradient);
        return first;
    }
}
