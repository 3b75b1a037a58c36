using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.WeightPriors.Tests.Objectives;

public sealed class VaeKernelPriorTests : IDisposable
{
    private const double ExactKl = 3.3122785;
    private const double NegativeEntropy = 1.8339875;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(17);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    public static TheoryData<string, double> Oracle => new()
    {
        { "true", ExactKl },
        { "diagonal", 3.3493198 },
        { "shifted", 3.5576532 },
        { "prior", 7.3605171 },
        { "mean input", 3.6243383 },
    };

    [Theory]
    [MemberData(nameof(Oracle))]
    public void Bounds_of_the_linear_Gaussian_oracle_are_met_to_seven_digits(string reverse, double expected)
    {
        foreach (var scale in new[] { 1, 0.05 })
        {
            var prior = PriorOf(reverse, scale, CubatureOfZ);
            var cross = prior.CrossEntropyWith(
                Row(LinearKernels.Mean), Row(LinearKernels.Spread).log(), CubatureOfW, OptionsOf(reverse)).ToDouble();
            (cross + NegativeEntropy).Should().BeApproximately(expected, 1e-6, $"of scale {scale}");
        }
    }

    [Theory]
    [MemberData(nameof(Oracle))]
    public void Monte_Carlo_is_within_four_standard_errors(string reverse, double expected)
    {
        var estimates = Draws(PriorOf(reverse), OptionsOf(reverse), 40_000);
        (estimates.Average() + NegativeEntropy).Should().BeApproximately(expected, 4 * Error(estimates));
        var averaged = Draws(PriorOf(reverse), OptionsOf(reverse) with { Samples = 4 }, 10_000);
        (averaged.Average() + NegativeEntropy).Should().BeApproximately(expected, 4 * Error(averaged));
    }

    [Fact]
    public void The_two_parts_have_the_signs_of_the_bound_and_not_of_the_slides()
    {
        using var vae = LinearKernels.Vae(LinearKernels.TrueCovariance, noise: CubatureOfZ);
        var w = Row(LinearKernels.Mean) + Row(LinearKernels.Spread).sqrt() * CubatureOfW.squeeze(1);
        var (z, logReverse) = vae.Encode(w).RSampleAndLogProb();
        var reverse = (logReverse - vae.Prior.LogProb(z)).mean().ToDouble();
        var distance = -vae.Decode(z).LogProb(w).mean().ToDouble();
        reverse.Should().BeApproximately(1.0618596, 1e-6);
        distance.Should().BeApproximately(0.4164313, 1e-6);
        LinearKernels.Spread.Sum(v => -0.5 * Math.Log(2 * Math.PI * Math.E * v)).Should().BeApproximately(NegativeEntropy, 1e-6);
        var cross = PriorOf("true", 1, CubatureOfZ)
            .CrossEntropyWith(Row(LinearKernels.Mean), Row(LinearKernels.Spread).log(), CubatureOfW, new()).ToDouble();
        cross.Should().BeApproximately(reverse + distance, 1e-9);
        (NegativeEntropy + reverse - distance)
            .Should().BeApproximately(2.4794158, 1e-6).And.BeLessThan(ExactKl, "the slides' sign gives no bound");
    }

    [Fact]
    public void Importance_weighting_tightens_the_bound_from_above()
    {
        var bounds = new[] { 1, 4, 16, 64 }.Select(k => Draws(PriorOf("diagonal"), new() { ImportanceSamples = k }, 20_000))
            .Select(e => (Kl: e.Average() + NegativeEntropy, Error: Error(e))).ToArray();
        bounds[0].Kl.Should().BeApproximately(3.3493198, 4 * bounds[0].Error);
        bounds.Should().OnlyContain(bound => bound.Kl > ExactKl - 4 * bound.Error);
        bounds[2].Kl.Should().BeLessThan(bounds[0].Kl);
        bounds[3].Kl.Should().BeApproximately(ExactKl, 4 * bounds[3].Error);
    }

    [Theory]
    [InlineData(ReverseInput.Sample, null)]
    [InlineData(ReverseInput.Mean, null)]
    [InlineData(ReverseInput.Sample, 5)]
    [InlineData(ReverseInput.Mean, 3)]
    public void Gradients_through_encoder_and_decoder_are_those_of_finite_differences(ReverseInput input, int? importance)
    {
        using var vae = DoubleVae();
        var prior = new VaeKernelPrior(vae, 0.5);
        var (mean, logVariance) = (torch.randn([3L, 9], dtype: torch.float64), torch.randn([3L, 9], dtype: torch.float64) - 2);
        var options = new KernelBoundOptions { Samples = 2, ReverseInput = input, ImportanceSamples = importance };
        torch.Tensor Value(torch.Tensor m, torch.Tensor l)
        {
            using var seed = SeedScope.Begin(5);
            return prior.CrossEntropy(m, l, options).sum();
        }
        Compare(m => Value(m, logVariance), mean);
        Compare(l => Value(mean, l), logVariance);
        vae.parameters().Should().OnlyContain(p => !p.requires_grad);

        static void Compare(Func<torch.Tensor, torch.Tensor> function, torch.Tensor at)
        {
            var (found, expected) = (Reference.Gradient(function, at), Reference.FiniteDifferences(function, at));
            var size = expected.Max(Math.Abs);
            found.Zip(expected)
                .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-4 * Math.Max(Math.Abs(pair.Second), 1e-3 * size));
        }
    }

    [Fact]
    public void Without_the_path_through_the_encoder_the_gradient_would_be_another()
    {
        using var vae = DoubleVae();
        var prior = new VaeKernelPrior(vae, 0.5);
        var (mean, logVariance) = (torch.randn([1L, 9], dtype: torch.float64), torch.full([1L, 9], -3.0, dtype: torch.float64));
        double[] WithInput(ReverseInput input) => Reference.Gradient(m =>
        {
            using var seed = SeedScope.Begin(5);
            return prior.CrossEntropy(m, logVariance, new() { ReverseInput = input }).sum();
        }, mean);
        WithInput(ReverseInput.Sample).Should().NotEqual(WithInput(ReverseInput.Mean));
    }

    [Fact]
    public void A_decoder_that_ignores_z_is_the_Gaussian_prior_in_closed_form()
    {
        using var vae = new Vae(new MlpEncoder(5, 2, [3]), new Deaf(0.4), new StandardNormalPrior(2));
        using (torch.no_grad())
        {
            foreach (var parameter in vae.Encoder.parameters())
                parameter.zero_();
        }
        var (mean, logVariance) = (torch.randn([7L, 5]), torch.randn([7L, 5]));
        var found = new VaeKernelPrior(vae, 0.5).CrossEntropy(mean, logVariance, new() { ReverseInput = ReverseInput.Mean });
        var expected = new GaussianKernelPrior(5, 0.2).CrossEntropy(mean, logVariance);
        found.Values().Zip(expected.Values())
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-4 * Math.Abs(pair.Second));
    }

    [Fact]
    public void The_Gaussian_prior_is_exact()
    {
        // KL(N(0.3, 0.04) ‖ N(0, 0.25)) = ½ (log(0.25/0.04) + (0.04 + 0.09)/0.25 − 1), and −H(q) = −½ log(2πe 0.04).
        var cross = new GaussianKernelPrior(1, 0.5).CrossEntropy(torch.full([1L, 1], 0.3), torch.full([1L, 1], Math.Log(0.04))).ToDouble();
        (cross - 0.5 * Math.Log(2 * Math.PI * Math.E * 0.04)).Should().BeApproximately(0.5 * (Math.Log(6.25) + 0.13 / 0.25 - 1), 1e-6);
    }

    [Fact]
    public void Only_an_adapted_reverse_model_is_trained_and_the_decoder_never()
    {
        using var vae = DoubleVae();
        var prior = new VaeKernelPrior(vae, 1, adaptReverse: true);
        prior.OwnParameters.Should().Equal(vae.Encoder.parameters());
        prior.CrossEntropy(torch.randn([4L, 9], dtype: torch.float64), torch.zeros([4L, 9], dtype: torch.float64)).sum().backward();
        vae.Encoder.parameters().Select(p => p.grad is null).Should().NotContain(true);
        vae.Decoder.parameters().Select(p => p.grad is null).Should().NotContain(false);
        new VaeKernelPrior(vae, 1).OwnParameters.Should().BeEmpty();
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var prior = new GaussianKernelPrior(27, 1);
        prior.Invoking(p => p.CrossEntropy(torch.zeros(2, 9), torch.zeros(2, 9)))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 9]*[n, 27]*");
        prior.Invoking(p => p.CrossEntropy(torch.zeros(2, 27), torch.zeros(2, 27), new() { Samples = 0 }))
            .Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new GaussianKernelPrior(27, 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    // Twelve points ±√6 on the axes of (ε_w, ε_z) have mean 0 and covariance I: averages of quadratic
    // functions over them are exact expectations.
    private static torch.Tensor Cubature
        => torch.cat([torch.eye(6, dtype: torch.float64), -torch.eye(6, dtype: torch.float64)]) * Math.Sqrt(6);

    private static torch.Tensor CubatureOfW => Cubature.narrow(1, 0, 4).reshape(12, 1, 4);

    private static torch.Tensor CubatureOfZ => Cubature.narrow(1, 4, 2);

    private static VaeKernelPrior PriorOf(string reverse, double scale = 1, torch.Tensor? noise = null)
    {
        var full = LinearKernels.TrueCovariance;
        var diagonal = full.diag().diag();
        return new(reverse switch
        {
            "true" => LinearKernels.Vae(full, scale: scale, noise: noise),
            "shifted" => LinearKernels.Vae(diagonal, [0.2, -0.1], scale: scale, noise: noise),
            "prior" => LinearKernels.Vae(torch.eye(2, dtype: torch.float64), looksAtKernel: false, scale: scale, noise: noise),
            _ => LinearKernels.Vae(diagonal, scale: scale, noise: noise),
        }, scale);
    }

    private static KernelBoundOptions OptionsOf(string reverse)
        => new() { ReverseInput = reverse == "mean input" ? ReverseInput.Mean : ReverseInput.Sample };

    private static torch.Tensor Row(double[] values) => torch.tensor(values).reshape(1, 4);

    private static double[] Draws(VaeKernelPrior prior, KernelBoundOptions options, int count)
        => prior.CrossEntropy(Row(LinearKernels.Mean).repeat(count, 1), Row(LinearKernels.Spread).log().repeat(count, 1), options).Values();

    private static double Error(double[] values)
        => MathNet.Numerics.Statistics.ArrayStatistics.StandardDeviation(values) / Math.Sqrt(values.Length);

    private static Vae DoubleVae()
    {
        var vae = new Vae(
            new MlpEncoder(9, 2, [6]), new MlpDecoder(2, [6], ObservationModel.LearnedGaussian(9)), new StandardNormalPrior(2));
        vae.to(torch.float64);
        return vae;
    }

    private sealed class Deaf(double deviation) : Decoder("deaf")
    {
        public override long LatentSize => 2;

        public override IReadOnlyList<long> ItemShape => [5];

        public override Likelihood forward(torch.Tensor input)
            => new GaussianLikelihood(torch.zeros([input.shape[0], 5L]), deviation * deviation);
    }
}
