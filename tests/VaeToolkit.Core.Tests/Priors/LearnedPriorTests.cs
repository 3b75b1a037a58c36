using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Priors;

public sealed class LearnedPriorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void The_learned_normals_divergence_agrees_with_its_sampled_form_and_starts_as_the_standard_ones()
    {
        using var prior = new LearnedNormalPrior(2);
        _ = prior.to(torch.float64);
        var posterior = new DiagonalNormal(
            torch.tensor(new[] { 0.5, -1.0 }).reshape(1, 2), torch.tensor(new[] { -0.4, 0.3 }).reshape(1, 2));
        prior.AnalyticKl(posterior)!.ToDouble().Should().BeApproximately(posterior.KlToStandardNormal().ToDouble(), 1e-12);
        Set(prior, "mean", 0.3, -0.2);
        Set(prior, "log_variance", 0.7, -0.6);
        var (z, logPosterior) = posterior.RSampleAndLogProb(200_000);
        var sampled = (logPosterior - prior.LogProb(z)).flatten();
        prior.AnalyticKl(posterior)!.ToDouble()
            .Should().BeApproximately(sampled.mean().ToDouble(), 4 * sampled.std().ToDouble() / Math.Sqrt(200_000));
        prior.LogProb(z.select(0, 0)).ToDouble().Should().BeApproximately(Normal(z.select(0, 0)[0], [0.3, -0.2], [0.7, -0.6]), 1e-12);
    }

    [Fact]
    public void Fixed_weights_of_a_mixture_have_all_their_digits_in_float64_and_come_back_with_them()
    {
        double[] weights = [0.1, 0.2, 0.7];
        using var folder = new TemporaryFolder();
        using var prior = new MixtureOfGaussiansPrior(2, 3, new() { InitialWeights = weights, LearnWeights = false });
        using var vae = new Vae(new MlpEncoder(4, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Gaussian(1, 4)), prior);
        vae.to(torch.float64);
        Exact(prior);
        vae.Save(folder["model"]);
        using var loaded = Vae.Load(folder["model"]);
        Exact((MixtureOfGaussiansPrior)loaded.Prior);
        vae.to(torch.float32).to(torch.float64);
        Exact(prior);
        var z = torch.zeros(1, 2, torch.float64);
        var (means, logVariances) = (prior.get_parameter("means")!, prior.get_parameter("log_variances")!);
        prior.LogProb(z).ToDouble().Should().BeApproximately(Math.Log(Enumerable.Range(0, 3).Sum(m => weights[m] * Math.Exp(
            Normal(z[0], means[m].Values(), logVariances[m].Values())))), 1e-14);
        // What is read from a file and is another number stays.
        using (torch.no_grad())
            prior.get_buffer("weight_logits")!.fill_(-0.5);
        prior.to(torch.float64).Weights().Values().Should().OnlyContain(weight => Math.Abs(weight - (1.0 / 3)) < 1e-15);

        void Exact(MixtureOfGaussiansPrior of)
            => of.Weights().Values().Should().Equal(weights, (one, other) => Math.Abs(one - other) < 1e-15);
    }

    [Fact]
    public void Log_variances_are_clamped_so_that_no_density_overflows()
    {
        using var prior = new LearnedNormalPrior(1, new LogVarianceRange(-6, 2));
        _ = prior.to(torch.float64);
        Set(prior, "log_variance", -2000);
        prior.LogProb(torch.ones([1L, 1L], torch.float64)).ToDouble()
            .Should().BeApproximately(Normal(torch.ones(1L, torch.float64), [0], [-6]), 1e-9);
        using var free = new LearnedNormalPrior(1, range: null);
        _ = free.to(torch.float64);
        Set(free, "log_variance", -2000);
        free.LogProb(torch.ones([1L, 1L], torch.float64)).ToDouble().Should().Be(double.NegativeInfinity);
    }

    [Fact]
    public void A_mixtures_weights_start_as_given()
    {
        using var prior = new MixtureOfGaussiansPrior(2, 3, new() { InitialWeights = [0.2, 0.3, 0.5] });
        prior.Weights().Values().Zip([0.2, 0.3, 0.5]).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-7);
        using var uniform = new MixtureOfGaussiansPrior(2, 4);
        uniform.Weights().Values().Should().OnlyContain(p => Math.Abs(p - 0.25) < 1e-7);
    }

    [Fact]
    public void A_mixture_learns_two_clusters_as_well_as_the_truth()
    {
        using var prior = new MixtureOfGaussiansPrior(1, 2, new() { InitialSpread = 1 });
        Set(prior, "means", -0.5, 0.5);
        using var optimizer = Optimizers.Adam(prior.parameters(), 5e-2);
        var side = torch.rand([4000L, 1L]).lt(0.3).@float();
        var z = (1 - side * 3) + torch.randn([4000L, 1L]) * 0.5;
        for (var step = 0; step < 300; step++)
        {
            using var inner = torch.NewDisposeScope();
            optimizer.zero_grad();
            (-prior.LogProb(z).mean()).backward();
            optimizer.step();
        }
        prior.Weights().Values()[0].Should().BeApproximately(0.3, 0.03);
        prior.get_parameter("means")!.Values().Zip([-2, 1]).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 0.06);
        (prior.get_parameter("log_variances")! * 0.5).exp().Values().Should().OnlyContain(s => Math.Abs(s - 0.5) < 0.04);
    }

    [Fact]
    public void The_flow_integrates_to_one_in_two_dimensions()
    {
        using var flow = Flow(2, 4);
        const int Side = 601;
        const double From = -12, Step = 24.0 / (Side - 1);
        var axis = torch.arange(0L, (long)Side, torch.float64) * Step + From;
        var grid = torch.stack([axis.unsqueeze(1).expand(Side, Side), axis.unsqueeze(0).expand(Side, Side)], -1);
        using var noGradient = torch.no_grad();
        (flow.LogProb(grid).exp().sum().ToDouble() * Step * Step).Should().BeApproximately(1, 1e-4);
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(5, 8)]
    public void The_flows_inverse_undoes_it_and_its_log_determinant_is_the_jacobians(int size, int layers)
    {
        using var flow = Flow(size, layers);
        var u = torch.randn([6L, size], torch.float64);
        var z = flow.Forward(u);
        var (back, logDeterminant) = flow.Inverse(z);
        back.Values().Zip(u.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-9);
        (z - u).abs().amin().ToDouble().Should().BeGreaterThan(1e-6, "every feature is changed");
        for (var row = 0L; row < 6; row++)
        {
            var at = z.narrow(0, row, 1).detach();
            var jacobian = Enumerable.Range(0, size)
                .Select(i => Reference.Gradient(x => flow.Inverse(x).U.select(1, i).sum(), at)).ToArray();
            Math.Log(Math.Abs(Determinant(jacobian))).Should().BeApproximately(logDeterminant.Values()[row], 1e-9);
            var differences = Enumerable.Range(0, size)
                .Select(i => Reference.FiniteDifferences(x => flow.Inverse(x).U.select(1, i).sum(), at)).ToArray();
            Math.Log(Math.Abs(Determinant(differences))).Should().BeApproximately(logDeterminant.Values()[row], 1e-5);
        }
    }

    [Fact]
    public void A_flow_refuses_vectors_whose_density_would_be_NaN_with_gradients_or_without()
    {
        using var flow = new RealNvpPrior(2, 2, [2]);
        using (torch.no_grad())
        {
            // Every scale is e^(tanh(..)) and every shift of the size of what passes: of both signs, so that they leave NaN.
            foreach (var (_, parameter) in flow.named_parameters())
                parameter.fill_(1e3f);
        }
        var far = torch.tensor(new[,] { { 0f, 0f }, { -3e38f, 3e38f } });
        Refuses();
        using var noGradient = torch.no_grad();
        Refuses();

        void Refuses() => FluentActions.Invoking(() => flow.LogProb(far))
            .Should().Throw<ArithmeticException>().WithMessage("*item 1 of z is NaN*");
    }

    [Fact]
    public void The_flow_starts_close_to_the_standard_normal()
    {
        using var flow = new RealNvpPrior(4);
        using var standard = new StandardNormalPrior(4);
        var z = torch.randn([50L, 4L]);
        (flow.LogProb(z) - standard.LogProb(z)).abs().max().ToDouble().Should().BeLessThan(0.2);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Refused<ArgumentOutOfRangeException>(() => new LearnedNormalPrior(0), "*latent size*");
        Refused<ArgumentException>(() => new LearnedNormalPrior(2, new LogVarianceRange(1, 1)), "*[1, 1]*");
        Refused<ArgumentOutOfRangeException>(() => new MixtureOfGaussiansPrior(2, 0), "*components M*");
        Refused<ArgumentException>(() => new MixtureOfGaussiansPrior(2, 2, new() { InitialWeights = [0.5, 0.6] }), "*sum to 1.1*");
        Refused<ArgumentException>(() => new MixtureOfGaussiansPrior(2, 2, new() { InitialWeights = [1.5, -0.5] }), "*-0.5*above 0*");
        Refused<ArgumentException>(() => new MixtureOfGaussiansPrior(2, 2, new() { InitialWeights = [1] }), "*1 weights for 2*");
        Refused<ArgumentOutOfRangeException>(
            () => new MixtureOfGaussiansPrior(2, 2, new() { InitialSpread = double.NaN }), "*InitialSpread*");
        Refused<ArgumentOutOfRangeException>(() => new MixtureOfGaussiansPrior(2, 2, new() { InitialLogVariance = 3 }), "*[-6, 2]*");
        Refused<ArgumentOutOfRangeException>(() => new RealNvpPrior(1), "*at least 2*");
        Refused<ArgumentOutOfRangeException>(() => new RealNvpPrior(3, 1), "*at least 2 coupling*");
        Refused<ArgumentException>(() => new RealNvpPrior(3, 4, []), "*at least one layer*");
        Refused<ArgumentOutOfRangeException>(() => new RealNvpPrior(3, 4, [4], new() { ScaleLimit = 0 }), "*ScaleLimit*");

        static void Refused<T>(Func<Prior> make, string message)
            where T : Exception
            => FluentActions.Invoking(make).Should().Throw<T>().WithMessage(message);
    }

    [Theory]
    [InlineData(-90)]
    [InlineData(-160)]
    [InlineData(160)]
    public void A_flow_whose_scales_are_beyond_float32_has_the_density_at_its_centre(double logScale)
    {
        // z = u eˢ in every feature, once by each of two couplings, so that log p(0) = −log 2π − 2 s.
        using var flow = new RealNvpPrior(2, 2, [2], new() { ScaleLimit = Math.Abs(logScale) });
        using (torch.no_grad())
        {
            foreach (var (name, parameter) in flow.named_parameters())
                parameter.zero_();
            foreach (var layer in new[] { "coupling1", "coupling2" })
                flow.get_parameter(layer + ".head.bias")!.narrow(0, 0, 2).fill_(1e4 * logScale);
        }
        flow.LogProb(torch.zeros(1, 2)).ToDouble().Should().BeApproximately(-Math.Log(2 * Math.PI) - 2 * logScale, 1e-4);
    }

    private static RealNvpPrior Flow(int size, int layers)
    {
        var flow = new RealNvpPrior(size, layers, [8, 8]);
        _ = flow.to(torch.float64);
        using var noGradient = torch.no_grad();
        foreach (var (name, parameter) in flow.named_parameters())
        {
            if (name.Contains("head", StringComparison.Ordinal))
                parameter.copy_(torch.randn_like(parameter) * 0.3);
        }
        return flow;
    }

    private static void Set(torch.nn.Module module, string name, params double[] values)
    {
        using var noGradient = torch.no_grad();
        var parameter = module.get_parameter(name)!;
        parameter.copy_(torch.tensor(values).reshape(parameter.shape));
    }

    private static double Normal(torch.Tensor z, double[] mean, double[] logVariance) => z.Values()
        .Select(
            (value, i) => -0.5 * (Math.Pow(value - mean[i], 2) / Math.Exp(logVariance[i]) + logVariance[i] + Math.Log(2 * Math.PI))).Sum();

    // By elimination with pivots.
    private static double Determinant(double[][] rows)
    {
        var result = 1.0;
        for (var i = 0; i < rows.Length; i++)
        {
            var pivot = Enumerable.Range(i, rows.Length - i).MaxBy(r => Math.Abs(rows[r][i]));
            if (pivot != i)
                (rows[i], rows[pivot], result) = (rows[pivot], rows[i], -result);
            result *= rows[i][i];
            for (var r = i + 1; r < rows.Length; r++)
                rows[r] = [.. rows[r].Select((value, c) => value - rows[r][i] / rows[i][i] * rows[i][c])];
        }
        return result;
    }
}
