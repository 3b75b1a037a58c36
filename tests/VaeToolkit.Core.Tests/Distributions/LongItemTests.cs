using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>Sums over long items, which are as exact as float32 can hold them.</summary>
public sealed class LongItemTests : IDisposable
{
    // A float32 has 24 bits: its rounding of a total, and about as much for the terms' own.
    private const double Rounding = 2.4e-7;
    private const long Cube = 64 * 64 * 64;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public static TheoryData<string, long> Cases
    {
        get
        {
            var cases = new TheoryData<string, long>();
            foreach (var name in new[]
                     {
                         "gaussian", "shared gaussian", "learned gaussian", "bernoulli", "continuous bernoulli", "laplace",
                         "learned laplace", "logistic",
                     })
            {
                foreach (var size in new[] { 1L, 7, 100, 784, 3072, Cube, Cube + 5 })
                    cases.Add(name, size);
            }
            return cases;
        }
    }

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(64, -255457.77925)]
    [InlineData(128, -2043662.234)]
    public void A_unit_normal_of_a_cube_of_thirds_has_its_closed_form(long side, double right)
    {
        var size = side * side * side;
        var third = (double)(1 / 3f);
        (-0.5 * size * (third * third + Math.Log(2 * Math.PI))).Should().BeApproximately(right, 0.02, "the closed form is the figure");
        var likelihood = new GaussianLikelihood(torch.zeros([1, side, side, side]), variance: 1, itemRank: 3);
        var x = torch.full([1, side, side, side], 1 / 3f);
        likelihood.LogProb(x).Values()[0].Should().BeApproximately(right, Rounding * -right);
        likelihood.MeanLogProb(x).ToDouble().Should().BeApproximately(right, Rounding * -right);
        GaussianLikelihood.SquaredError(torch.zeros(1, size), x.flatten(1)).Values()[0]
            .Should().BeApproximately(size * third * third, Rounding * size / 9);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_likelihood_in_float32_is_that_in_float64_rounded_once_and_so_is_its_gradient(string name, long size)
    {
        var (a, b, x) = (torch.randn(2, size), torch.randn(2, size) * 0.3, torch.randint(0, 256, [2, size]).@float() / 255);
        Compare(name, a, b, x);
        // All terms alike: roundings that do not cancel.
        Compare(name, torch.full([2, size], 0.7f), torch.full([2, size], 0.1f), torch.full([2, size], 85f / 255));
    }

    [Theory]
    [InlineData(784)]
    [InlineData(Cube)]
    public void Confident_bernoulli_pixels_keep_their_small_terms(long size)
    {
        foreach (var logit in new[] { 8.0, 12.0, 16.0, 18.0, 30.0 })
        {
            var t = Math.Exp(-logit);
            var right = -size * t * (1 - t * (1 / 2.0 - t * (1 / 3.0 - t / 4)));
            var likelihood = new BernoulliLikelihood(torch.full([1, size], (float)logit));
            likelihood.LogProb(torch.ones(1, size)).Values()[0].Should().BeApproximately(right, 1e-6 * -right, $"of logits {logit}");
            var ofZeros = new BernoulliLikelihood(torch.full([1, size], (float)-logit));
            ofZeros.LogProb(torch.zeros(1, size)).Values()[0].Should().BeApproximately(right, 1e-6 * -right);
        }
    }

    [Theory]
    [InlineData(0.001f)]
    [InlineData(-0.01f)]
    [InlineData(0.2f)]
    [InlineData(0.3f)]
    [InlineData(3f)]
    [InlineData(-5f)]
    [InlineData(90f)]
    public void Continuous_bernoulli_pixels_keep_what_is_left_of_their_large_terms(float logit)
    {
        foreach (var size in new[] { 784, Cube })
        {
            var likelihood = new ContinuousBernoulliLikelihood(torch.full([1, size], logit));
            foreach (var value in new[] { 0f, 0.25f, 0.5f, 0.9f, 1f })
            {
                // log(sinh h / h) for h = l / 2.
                var half = Math.Abs((double)logit) / 2;
                var (square, tail) = (half * half, 1 - Math.Exp(-2 * half));
                var normaliser = half < 0.2
                    ? square * (1.0 / 6 - square * (1.0 / 180 - square * (1.0 / 2835 - square / 37_800)))
                    : half + Math.Log(tail / (2 * half));
                var right = size * (logit * (value - 0.5) - normaliser);
                likelihood.LogProb(torch.full([1, size], value)).Values()[0]
                    .Should().BeApproximately(right, 4 * Rounding * Math.Abs(right), $"of logits {logit} and {value}");
            }
        }
    }

    [Theory]
    [InlineData(40)]
    [InlineData(2_097_152)]
    public void Divergences_near_equality_keep_their_digits(long size)
    {
        foreach (var difference in new[] { 0.001f, -0.01f, 1e-5f, 0.5f })
        {
            var right = size / 2.0 * Excess(difference);
            var near = new DiagonalNormal(torch.zeros([1, size]), torch.full([1, size], difference));
            var standard = new DiagonalNormal(torch.zeros([1, size]), torch.zeros([1, size]));
            near.KlTo(standard).Values()[0].Should().BeApproximately(right, 2 * Rounding * right);
            near.KlToStandardNormal().Values()[0].Should().BeApproximately(right, 2 * Rounding * right);
            // Both of another variance: only their ratio counts.
            DiagonalNormal At(float logVariance) => new(torch.full([1, size], 3f), torch.full([1, size], logVariance));
            var ratio = 2f + difference - 2f;
            At(2f + difference).KlTo(At(2f)).Values()[0].Should().BeApproximately(
                size / 2.0 * Excess(ratio), 1e-5 * right);
        }

        // eᵈ − 1 − d.
        static double Excess(double d)
            => Math.Abs(d) > 0.1 ? Math.Exp(d) - 1 - d : d * d / 2 * (1 + d / 3 * (1 + d / 4 * (1 + d / 5)));
    }

    [Fact]
    public void Torchs_operators_lose_nothing_of_bernoulli_pixels_between_two_large_sums()
    {
        // So large that log(1 + eˡ) is l in float32: sums of some 8,000 nats, and a difference of a millionth.
        var sizes = torch.rand(3, 784) * 5 + 20;
        var x = torch.rand(3, 784).gt(0.5).to(torch.float32);
        var right = BernoulliLikelihood.LogProbByOperators(sizes.@double() * (x * 2 - 1), x.@double()).Values();
        right.Should().OnlyContain(value => value < 0 && value > -1e-5);
        BernoulliLikelihood.LogProbByOperators(sizes * (x * 2 - 1), x).Values().Should().Equal(right, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void The_gradient_of_a_mean_far_from_zero_does_not_spoil_the_value()
    {
        var mean = torch.full([1, 784], 10_000f).requires_grad_();
        var value = new GaussianLikelihood(mean, variance: 1).LogProb(torch.full([1, 784], 10_000.5f));
        var right = -0.5 * 784 * (0.25 + Math.Log(2 * Math.PI));
        value.Values()[0].Should().BeApproximately(right, Rounding * -right);
        value.sum().backward();
        mean.grad!.Values().Should().OnlyContain(g => g == 0.5);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(100_000)]
    public void Posteriors_divergences_and_priors_are_those_of_float64_rounded_once(long size)
    {
        var (mean, logVariance, z) = (torch.randn(2, size), torch.randn(2, size) * 0.5, torch.randn(2, size));
        var prior = new LearnedNormalPrior(size);
        var wide = new LearnedNormalPrior(size).to(torch.float64);
        var (q, exact) = (new DiagonalNormal(mean, logVariance), new DiagonalNormal(mean.@double(), logVariance.@double()));
        Same(q.LogProb(z), exact.LogProb(z.@double()), 3);
        Same(q.Entropy(), exact.Entropy());
        Same(q.KlToStandardNormal(), exact.KlToStandardNormal(), 3);
        Same(q.KlTo(new DiagonalNormal(logVariance, mean)), exact.KlTo(new DiagonalNormal(logVariance.@double(), mean.@double())), 3);
        Same(prior.LogProb(z), wide.LogProb(z.@double()), 3);
        Same(prior.AnalyticKl(q)!, wide.AnalyticKl(exact)!, 3);
        Same(new StandardNormalPrior(size).LogProb(z), new StandardNormalPrior(size).LogProb(z.@double()), 3);
    }

    [Fact]
    public void The_reconstruction_error_of_a_long_item_is_exact()
    {
        var tally = new ReconstructionTally(Cube);
        tally.Add(new GaussianLikelihood(torch.zeros(1, Cube), variance: 1), torch.full([1, Cube], 1 / 3f));
        tally.Result().SquaredError.Should().BeApproximately(Cube / 9.0, Rounding * Cube / 9);
    }

    [Fact]
    public void The_variance_of_a_sharp_logistic_keeps_its_digits_at_the_end_of_the_range()
    {
        var (location, logScale) = (torch.full([1, 1], 0.999), torch.full([1, 1], -7.0));
        var exact = new DiscretisedLogisticLikelihood(location.@double(), logScale.@double()).Variance.Values()[0];
        var single = new DiscretisedLogisticLikelihood(location.@float(), logScale.@float()).Variance.Values()[0];
        single.Should().BeApproximately(exact, 1e-5 * exact);
        new BernoulliLikelihood(torch.full([1, 1], 20f)).Variance.Values()[0].Should().BeApproximately(2.0611536e-9, 1e-15);
    }

    private static void Compare(string name, torch.Tensor a, torch.Tensor b, torch.Tensor x)
    {
        var (a32, b32) = (a.detach().clone().requires_grad_(), b.detach().clone().requires_grad_());
        var (a64, b64) = (a.@double().detach().requires_grad_(), b.@double().detach().requires_grad_());
        var (value, exact) = (Likelihood(name, a32, b32).LogProb(x), Likelihood(name, a64, b64).LogProb(x.@double()));
        value.dtype.Should().Be(torch.float32);
        // Where terms of both signs add up to little, what is left is rounded as the terms are.
        var size = (double)x.shape[1];
        foreach (var (one, other) in value.Values().Zip(exact.Values()))
            one.Should().BeApproximately(other, 2 * Rounding * (Math.Abs(other) + size), name);
        Likelihood(name, a32, b32).MeanLogProb(x).ToDouble()
            .Should().BeApproximately(exact.mean().ToDouble(), 2 * Rounding * (exact.abs().mean().ToDouble() + size), name);
        value.sum().backward();
        exact.sum().backward();
        a32.grad!.Values().Zip(a64.grad!.Values())
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 2e-5 * (1 + Math.Abs(pair.Second)));
    }

    private static Likelihood Likelihood(string name, torch.Tensor a, torch.Tensor b) => name switch
    {
        "gaussian" => new GaussianLikelihood(a, 0.3),
        "shared gaussian" => new GaussianLikelihood(a, b.narrow(0, 0, 1).narrow(1, 0, 1)),
        "learned gaussian" => new GaussianLikelihood(a, b),
        "bernoulli" => new BernoulliLikelihood(a),
        "continuous bernoulli" => new ContinuousBernoulliLikelihood(a),
        "laplace" => new LaplaceLikelihood(a, 0.3),
        "learned laplace" => new LaplaceLikelihood(a, b),
        _ => new DiscretisedLogisticLikelihood(a, b),
    };

    private static void Same(torch.Tensor value, torch.Tensor exact, double times = 1)
    {
        value.dtype.Should().Be(torch.float32);
        foreach (var (one, other) in value.Values().Zip(exact.Values()))
            one.Should().BeApproximately(other, times * Rounding * Math.Abs(other));
    }

    [Theory]
    [InlineData(3072)]
    [InlineData(20_000)]
    public void Likelihoods_of_levels_are_those_of_float64_rounded_once(long size)
    {
        using var scope = torch.NewDisposeScope();
        using var seed = SeedScope.Begin(5);
        var x = torch.full([1, size], 85f / 255);
        foreach (var spread in new[] { 0f, 1f })
        {
            var levels = torch.randn(1, 256, size) * spread + 0.1f;
            Near(new CategoricalLikelihood(levels).LogProb(x), new CategoricalLikelihood(levels.@double()).LogProb(x.@double()));
            var (weights, at, logScale) = (torch.randn(1, 3, size) * spread, torch.randn(1, 3, size) * spread * 0.1f + 0.4f,
                torch.full([1, 3, size], -1f));
            Near(new DiscretisedLogisticMixtureLikelihood(weights, at, logScale).LogProb(x),
                new DiscretisedLogisticMixtureLikelihood(weights.@double(), at.@double(), logScale.@double()).LogProb(x.@double()));
        }

        // As of the others in Compare: terms of both signs are rounded as they are.
        void Near(torch.Tensor value, torch.Tensor exact)
            => value.Values()[0].Should().BeApproximately(exact.Values()[0], 2 * Rounding * (Math.Abs(exact.Values()[0]) + size));
    }
}
