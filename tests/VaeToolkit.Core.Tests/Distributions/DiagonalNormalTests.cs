using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

public sealed class DiagonalNormalTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _mean = torch.tensor(new[] { 0.3, -1.2, 0.0, 2.0, 0.5, -0.5 }).reshape(2, 3);
    private readonly torch.Tensor _logVariance = torch.tensor(new[] { 0.0, -1.0, 0.7, 0.4, -2.0, 1.1 }).reshape(2, 3);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Density_integrates_to_one_and_has_the_stated_moments()
    {
        const double Mean = 0.7, LogVariance = -0.6;
        var (mass, first, second) = (Moment(0), Moment(1), Moment(2));
        mass.Should().BeApproximately(1, 1e-10);
        first.Should().BeApproximately(Mean, 1e-10);
        (second - first * first).Should().BeApproximately(Math.Exp(LogVariance), 1e-9);

        double Moment(int power) => Reference.Integrate(
            z => Density(z).Zip(z, (p, value) => p * Math.Pow(value, power)).ToArray(), Mean - 12, Mean + 12);

        static double[] Density(double[] z)
        {
            using var scope = torch.NewDisposeScope();
            var q = new DiagonalNormal(torch.full([1, 1], Mean, torch.float64), torch.full([1, 1], LogVariance, torch.float64));
            return q.LogProb(torch.tensor(z).reshape(-1, 1, 1)).exp().Values();
        }
    }

    [Fact]
    public void Log_probability_is_the_sum_of_univariate_normal_log_densities()
    {
        var z = torch.tensor(new[] { 0.1, 0.2, 0.3, -0.1, -0.2, -0.3 }).reshape(2, 3);
        var expected = Enumerable.Range(0, 2).Select(n => Enumerable.Range(0, 3).Sum(j => MathNet.Numerics.Distributions.Normal.PDFLn(
            _mean.Values()[3 * n + j], Math.Exp(_logVariance.Values()[3 * n + j] / 2), z.Values()[3 * n + j])));
        new DiagonalNormal(_mean, _logVariance).LogProb(z).Values()
            .Should().BeEquivalentTo(expected, o => o.WithStrictOrdering().Using<double>(
                c => c.Subject.Should().BeApproximately(c.Expectation, 1e-12)).WhenTypeIs<double>());
    }

    [Fact]
    public void Fused_sample_and_log_probability_agree_with_the_separate_ones()
    {
        var q = new DiagonalNormal(_mean, _logVariance);
        using var seed = SeedScope.Begin(5);
        var (z, logProb) = q.RSampleAndLogProb(4);
        z.shape.Should().Equal(4, 2, 3);
        logProb.Values().Zip(q.LogProb(z).Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
        using var again = SeedScope.Begin(5);
        q.RSample(4).Values().Should().Equal(z.Values(), "both draw the same noise");
    }

    // −½ Σ (ε² + log σ² + log 2π), of a σ beside which z is μ in float32.
    [Fact]
    public void Samples_of_given_noise_have_the_density_of_the_noise()
    {
        var noise = torch.tensor(new[] { 0.5f, -1.5f, 0.25f, 0.75f, 2f, -0.5f }).reshape(2, 1, 3);
        var q = new DiagonalNormal(torch.full([1L, 3L], 5f), torch.full([1L, 3L], -60f));
        double[] expected = [.. noise.Values().Chunk(3).Select(e => -0.5 * e.Sum(x => x * x - 60 + Math.Log(2 * Math.PI)))];
        q.LogProbOf(noise).shape.Should().Equal(2, 1);
        q.LogProbOf(noise).Values().Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-5);
        q.SampleOf(noise).Values().Should().AllBeEquivalentTo(5.0);
        var (unit, one) = (new DiagonalNormal(_mean, _logVariance), torch.ones_like(_mean));
        unit.SampleOf(one).Values().Should().Equal((_mean + (_logVariance / 2).exp()).Values(), (a, b) => Math.Abs(a - b) < 1e-12);
        foreach (var given in new Func<torch.Tensor, torch.Tensor>[] { q.SampleOf, q.LogProbOf })
        {
            given.Invoking(of => of(torch.zeros(2, 4))).Should().ThrowExactly<ArgumentException>()
                .WithMessage("noise has shape [2, 4]; it must be [1, 3] or [K, 1, 3]*").WithParameterName("noise");
            given.Invoking(of => of(null!)).Should().ThrowExactly<ArgumentNullException>().WithParameterName("noise");
        }
    }

    [Fact]
    public void Closed_form_divergences_and_entropy_equal_numerical_integrals()
    {
        const double M1 = 0.4, L1 = -0.8, M2 = -0.3, L2 = 0.5;
        var q = Univariate(M1, L1);
        Divergence(0, 0).Should().BeApproximately(q.KlToStandardNormal().Values()[0], 1e-9);
        Divergence(M2, L2).Should().BeApproximately(q.KlTo(Univariate(M2, L2)).Values()[0], 1e-9);
        var entropy = Reference.Integrate(z => Array.ConvertAll(z, v => -Density(v, M1, L1) * LogDensity(v, M1, L1)), -12, 12);
        q.Entropy().Values()[0].Should().BeApproximately(entropy, 1e-9);

        static double Divergence(double mean, double logVariance) => Reference.Integrate(
            z => Array.ConvertAll(z, v => Density(v, M1, L1) * (LogDensity(v, M1, L1) - LogDensity(v, mean, logVariance))), -12, 12);
        static double Density(double z, double mean, double logVariance) => Math.Exp(LogDensity(z, mean, logVariance));
        static double LogDensity(double z, double mean, double logVariance)
            => MathNet.Numerics.Distributions.Normal.PDFLn(mean, Math.Exp(logVariance / 2), z);
        static DiagonalNormal Univariate(double mean, double logVariance)
            => new(torch.full([1, 1], mean, torch.float64), torch.full([1, 1], logVariance, torch.float64));
    }

    [Fact]
    public void Samples_pass_a_kolmogorov_smirnov_test()
    {
        const int Count = 20_000;
        using var seed = SeedScope.Begin(11);
        var q = new DiagonalNormal(torch.full([1, 1], 0.7, torch.float64), torch.full([1, 1], -0.6, torch.float64));
        var sorted = q.RSample(Count).Values().Order().ToArray();
        var distance = sorted.Select((z, i) =>
        {
            var cumulative = MathNet.Numerics.Distributions.Normal.CDF(0.7, Math.Exp(-0.3), z);
            return Math.Max(Math.Abs(cumulative - i / (double)Count), Math.Abs(cumulative - (i + 1.0) / Count));
        }).Max();
        distance.Should().BeLessThan(1.949 / Math.Sqrt(Count), "the critical value at a false-alarm rate of 0.001, for one fixed seed");
    }

    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        foreach (var function in new Func<torch.Tensor, torch.Tensor>[]
        {
            mean => new DiagonalNormal(mean, _logVariance).KlToStandardNormal().sum(),
            mean => new DiagonalNormal(mean, _logVariance).LogProb(_logVariance).sum(),
            logVariance => new DiagonalNormal(_mean, logVariance).Entropy().sum(),
            logVariance => new DiagonalNormal(_mean, logVariance).KlTo(new DiagonalNormal(_logVariance, _mean)).sum(),
            Reparameterised,
        })
        {
            Reference.Gradient(function, _mean).Zip(Reference.FiniteDifferences(function, _mean))
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * (1 + Math.Abs(p.Second)));
        }

        torch.Tensor Reparameterised(torch.Tensor logVariance)
        {
            using var seed = SeedScope.Begin(3);
            return new DiagonalNormal(_mean, logVariance).RSample(2).square().sum();
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused_with_the_shapes_named()
    {
        var q = new DiagonalNormal(_mean, _logVariance);
        FluentActions.Invoking(() => new DiagonalNormal(_mean, _logVariance.t()))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 3]*[3, 2]*");
        FluentActions.Invoking(() => new DiagonalNormal(_mean.flatten(), _logVariance.flatten()))
            .Should().Throw<ArgumentException>().WithMessage("*[N, Z]*");
        FluentActions.Invoking(() => q.LogProb(torch.zeros(2, 4))).Should().Throw<ArgumentException>().WithMessage("*[2, 4]*[K, 2, 3]*");
        FluentActions.Invoking(() => q.RSample(0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*K must be at least 1*");
        FluentActions.Invoking(() => q.KlTo(new DiagonalNormal(_mean.t(), _logVariance.t()))).Should().Throw<ArgumentException>();
    }
}
