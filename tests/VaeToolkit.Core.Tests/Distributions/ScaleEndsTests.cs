using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>Densities of scales whose inverse is no number of the type.</summary>
public sealed class ScaleEndsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(-100)]
    [InlineData(-150)]
    [InlineData(-300)]
    [InlineData(100)]
    [InlineData(300)]
    public void Densities_at_the_mean_are_those_of_their_scale(double logVariance)
    {
        var (mean, spread) = (torch.tensor([0f, 1f]).reshape(1, 2), torch.full([1L, 2L], logVariance, torch.float32));
        var normal = -logVariance - Math.Log(2 * Math.PI);
        new DiagonalNormal(mean, spread).LogProb(mean).ToDouble().Should().BeApproximately(normal, 1e-4);
        new GaussianLikelihood(mean, spread).LogProb(mean).ToDouble().Should().BeApproximately(normal, 1e-4);
        new GaussianLikelihood(mean, torch.tensor((float)logVariance)).LogProb(mean).ToDouble().Should().BeApproximately(normal, 1e-4);
        new LaplaceLikelihood(mean, spread).LogProb(mean).ToDouble().Should()
            .BeApproximately(-2 * (logVariance + Math.Log(2)), 1e-4);
        var one = new DiagonalNormal(mean, spread);
        one.KlTo(one).ToDouble().Should().Be(0);
    }

    [Theory]
    [InlineData(-150)]
    [InlineData(-190)]
    [InlineData(-210)]
    [InlineData(-1000)]
    public void Samples_that_were_drawn_are_given_back_with_the_gradient_of_their_draw(double logVariance)
    {
        var mean = torch.tensor([3f, -1f]).reshape(1, 2).requires_grad_();
        var spread = torch.full([1L, 2L], (float)logVariance).requires_grad_();
        // With z = μ + σε: ∂z/∂μ = 1 and ∂z/∂log σ² = ½ σε = ½ (z − μ).
        var z = torch.tensor([3f, 1.5f]).reshape(1, 1, 2);
        var again = new DiagonalNormal(mean, spread).Reparameterise(z);
        again.Values().Should().Equal(3, 1.5);
        again.sum().backward();
        mean.grad!.Values().Should().Equal(1, 1);
        spread.grad!.Values().Should().Equal(0, 1.25);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, -100)]
    [InlineData(torch.ScalarType.Float32, -150)]
    [InlineData(torch.ScalarType.Float32, -300)]
    [InlineData(torch.ScalarType.Float32, 100)]
    [InlineData(torch.ScalarType.Float32, 300)]
    [InlineData(torch.ScalarType.Float64, -800)]
    [InlineData(torch.ScalarType.Float64, 800)]
    public void At_the_mean_their_gradients_are_none_by_it_and_those_of_the_scale_alone(torch.ScalarType type, double logarithm)
    {
        var points = torch.tensor([0.0, 1.0]).reshape(1, 2).to(type);
        // Of log N at its mean ∂/∂log σ² is −½, of Laplace's ∂/∂log s is −1.
        foreach (var (density, slope) in new (Func<torch.Tensor, torch.Tensor, torch.Tensor>, double)[]
                 {
                     ((mean, spread) => new DiagonalNormal(mean, spread).LogProb(points), -0.5),
                     ((mean, spread) => new GaussianLikelihood(mean, spread).LogProb(points), -0.5),
                     ((mean, spread) => new LaplaceLikelihood(mean, spread).LogProb(points), -1),
                     ((mean, spread) => MixtureLogDensity.Components(mean, spread, torch.zeros([1L], type), points), -0.5),
                     ((mean, spread) => -new DiagonalNormal(points, spread.detach()).KlTo(new DiagonalNormal(mean, spread)), 0),
                 })
        {
            var (mean, spread) = (points.clone().requires_grad_(), torch.full([1L, 2L], logarithm, type).requires_grad_());
            density(mean, spread).sum().backward();
            mean.grad!.Values().Should().Equal(0, 0);
            spread.grad!.Values().Should().Equal([slope, slope], (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, -100)]
    [InlineData(torch.ScalarType.Float32, -150)]
    [InlineData(torch.ScalarType.Float32, -800)]
    [InlineData(torch.ScalarType.Float32, 100)]
    [InlineData(torch.ScalarType.Float32, 800)]
    [InlineData(torch.ScalarType.Float64, -800)]
    [InlineData(torch.ScalarType.Float64, 800)]
    public void So_are_they_where_one_logarithm_is_all_values(torch.ScalarType type, double logarithm)
    {
        var points = torch.tensor([0.0, 1.0]).reshape(1, 2).to(type);
        // Means with and without samples of their own, and the one number alone or with axes.
        foreach (var mean in new[] { points.clone().requires_grad_(), points.expand(3, 1, 2).clone().requires_grad_() })
        {
            foreach (var shared in new[] { torch.tensor(logarithm, type), torch.full([1L, 1L, 1L, 1L], logarithm, type) })
            {
                var density = new GaussianLikelihood(mean, shared.requires_grad_()).LogProb(points);
                density.dtype.Should().Be(type);
                density.sum().backward();
                mean.grad!.Values().Should().AllBeEquivalentTo(0.0);
                shared.grad!.ToDouble().Should().BeApproximately(-0.5 * mean.NumberOfElements, 1e-5);
            }
        }
    }

    [Theory] // 1 / σ² and 1 / b are no numbers of float32.
    [InlineData(1e-40)]
    [InlineData(1e-200)]
    [InlineData(1e-307)]
    public void So_are_they_of_a_fixed_scale(double scale)
    {
        var points = torch.tensor([0f, 1f]).reshape(1, 2);
        foreach (var density in new Func<torch.Tensor, torch.Tensor>[]
                 {
                     mean => new GaussianLikelihood(mean, scale).LogProb(points),
                     mean => new LaplaceLikelihood(mean, scale).LogProb(points),
                 })
        {
            var mean = points.clone().requires_grad_();
            density(mean).sum().backward();
            mean.grad!.Values().Should().Equal(0, 0);
        }
    }

    [Theory] // e^−l is no number of float32, and (x − μ) e^−l is.
    [InlineData(-90, -40)]
    [InlineData(-100, -48)]
    [InlineData(-150, -74)]
    public void Beside_it_gradients_are_those_of_the_closed_form(double logarithm, double logDistance)
    {
        var z = torch.tensor((float)Math.Exp(logDistance)).reshape(1, 1);
        var (mean, spread) = (torch.zeros(1, 1).requires_grad_(), torch.full([1L, 1L], (float)logarithm).requires_grad_());
        new DiagonalNormal(mean, spread).LogProb(z).sum().backward();
        var square = Math.Exp(2 * logDistance - logarithm);
        mean.grad!.ToDouble().Should().BeApproximately(Math.Exp(logDistance - logarithm), 1e-4 * Math.Exp(logDistance - logarithm));
        spread.grad!.ToDouble().Should().BeApproximately(0.5 * (square - 1), 1e-4 * square);
        var (centre, shared) = (torch.zeros(1, 1).requires_grad_(), torch.tensor((float)logarithm).requires_grad_());
        new GaussianLikelihood(centre, shared).LogProb(z).sum().backward();
        centre.grad!.ToDouble().Should().BeApproximately(mean.grad!.ToDouble(), 1e-4 * mean.grad!.ToDouble());
        shared.grad!.ToDouble().Should().BeApproximately(spread.grad!.ToDouble(), 1e-4 * square);
    }

    [Fact]
    public void One_scale_for_all_values_can_be_divided_by_or_is_refused()
    {
        var mean = torch.zeros(1, 2);
        foreach (var scale in new[] { 1e-309, 5e-324 })
        {
            foreach (var make in new Func<object>[]
                     {
                         () => new GaussianLikelihood(mean, scale), () => ObservationModel.Gaussian(scale, 2),
                         () => new LaplaceLikelihood(mean, scale), () => ObservationModel.Laplace(scale, 2),
                     })
            {
                make.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*must be at least 2.2250738585072014E-308*")
                    .Which.ActualValue.Should().Be(scale);
            }
        }
        const double Least = 2.2250738585072014E-308;
        new GaussianLikelihood(mean, Least).LogProb(mean).ToDouble().Should()
            .BeApproximately(-Math.Log(Least) - Math.Log(2 * Math.PI), 1e-4);
        new LaplaceLikelihood(mean, Least).LogProb(mean).ToDouble().Should().BeApproximately(-2 * Math.Log(2 * Least), 1e-3);
    }

    [Fact] // standard deviations of 1e-25 and 1e25, whose squares float32 does not have
    public void Draws_of_a_variance_beyond_float32_have_its_deviation()
    {
        using var seed = SeedScope.Begin(2);
        foreach (var deviation in new[] { 1e-25, 1e25 })
        {
            var normal = new GaussianLikelihood(torch.zeros(1, 10_000), deviation * deviation);
            var sample = normal.Sample().Values();
            Math.Sqrt(sample.Average(x => x / deviation * (x / deviation))).Should().BeApproximately(1, 0.04, "five standard errors");
            normal.Variance.Values().Should().OnlyContain(value => value == (deviation < 1 ? 0 : double.PositiveInfinity));
        }
        new LaplaceLikelihood(torch.zeros(1, 1), 1e25).Variance.ToDouble().Should().Be(double.PositiveInfinity);
    }

    [Fact] // (x − μ)² / σ² = e^20, with σ² = e^(−100) in float32, where e^100 is infinite
    public void So_are_those_beside_it()
        => new DiagonalNormal(torch.zeros(1, 1), torch.full([1L, 1L], -100f)).LogProb(torch.full([1L, 1L], (float)Math.Exp(-40)))
            .ToDouble().Should().BeApproximately(-0.5 * (Math.Exp(20) - 100 + Math.Log(2 * Math.PI)), Math.Exp(20) * 1e-3);

    [Theory]
    [InlineData(-100)]
    [InlineData(-170)]
    [InlineData(100)]
    [InlineData(300)]
    public void Priors_have_the_densities_of_their_scales(double logVariance)
    {
        var normal = -logVariance - Math.Log(2 * Math.PI);
        var points = torch.tensor([0f, 1f]).reshape(1, 2);
        using var prior = new LearnedNormalPrior(2, range: null);
        using (torch.no_grad())
        {
            prior.get_parameter("mean")!.copy_(points[0]);
            prior.get_parameter("log_variance")!.fill_(logVariance);
        }
        prior.LogProb(points).ToDouble().Should().BeApproximately(normal, 1e-4);
        var (means, spreads) = (torch.tensor([0f, 1f, 5f, 5f]).reshape(2, 2), torch.tensor([(float)logVariance, (float)logVariance, 0, 0]));
        MixtureLogDensity.Components(means, spreads.reshape(2, 2), torch.zeros(2), points).select(1, 0).ToDouble()
            .Should().BeApproximately(normal, 1e-4);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, -88.7, 87.3)]
    [InlineData(torch.ScalarType.Float64, -709.7, 708.3)]
    public void Between_the_ends_a_density_is_that_of_one_number_to_the_last_bit(torch.ScalarType type, double least, double most)
    {
        using var seed = SeedScope.Begin(1);
        var logarithms = torch.linspace(least, most, 2000).to(type);
        var x = torch.randn([2000L], type).square() * 10;
        InverseScale.Times(x, logarithms).Values().Should().Equal((x * (-logarithms).exp()).Values());
    }

    [Theory] // e^−l is no number of float32, and x e^−l is.
    [InlineData(-100, -60)]
    [InlineData(100, 60)]
    [InlineData(-120, -100)]
    public void Beyond_the_ends_it_is_the_quotient(double logarithm, double logX)
    {
        var x = torch.tensor(Math.Exp(logX)).to(torch.float32);
        var expected = Math.Exp(Math.Log(x.ToDouble()) - logarithm);
        InverseScale.Times(x, torch.tensor((float)logarithm)).ToDouble().Should().BeApproximately(expected, 1e-5 * expected);
    }

    [Theory] // A bin much narrower than the scale has its width times the density at the middle, 1 / (4 s); the end bins have one half.
    [InlineData(90)]
    [InlineData(100)]
    [InlineData(200)]
    public void Bins_of_a_wide_logistic_have_their_share(float logScale)
    {
        var pixels = torch.tensor([0f, 128 / 255f, 1f]).reshape(1, 3);
        var (location, scale) = (torch.full([1L, 3L], 0.5f), torch.full([1L, 3L], logScale));
        double[] expected = [-Math.Log(2), -Math.Log(255) - logScale - Math.Log(4), -Math.Log(2)];
        new DiscretisedLogisticLikelihood(location, scale).LogProbByValue(pixels).Values()
            .Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-4);
        new DiscretisedLogisticMixtureLikelihood(torch.zeros(1, 2, 3), torch.full([1L, 2L, 3L], 0.5f), torch.full([1L, 2L, 3L], logScale))
            .LogProb(pixels).ToDouble().Should().BeApproximately(expected.Sum(), 1e-4);
    }

    [Theory]
    [InlineData(-90)]
    [InlineData(-300)]
    public void A_logistic_without_width_is_all_in_its_bin(float logScale)
    {
        var likelihood = new DiscretisedLogisticLikelihood(
            torch.tensor([0.5f, 128 / 255f, 2f, -1f]).reshape(1, 4), torch.full([1L, 4L], logScale));
        likelihood.Mean.Values().Should().Equal([0.5, 128 / 255.0, 1, 0], (a, b) => Math.Abs(a - b) < 1e-6);
        likelihood.LogProbByValue(torch.tensor([0.2f, 128 / 255f, 1f, 0f]).reshape(1, 4)).Values()[1..].Should().Equal(0, 0, 0);
    }
}
