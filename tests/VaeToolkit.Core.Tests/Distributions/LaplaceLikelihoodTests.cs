using TorchSharp;

namespace VaeToolkit.Tests.Distributions;

public sealed class LaplaceLikelihoodTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_integrates_to_one_and_has_its_moments(bool learned)
    {
        const double Location = 0.2, Scale = 0.3;
        // The kink lies on a node of Simpson's rule.
        var moments = Enumerable.Range(0, 3).Select(power => Reference.Integrate(
            x => [.. Distribution(x.Length)
                .LogProb(torch.tensor(x).reshape(-1, 1)).exp().Values().Zip(x, (p, value) => p * Math.Pow(value, power))],
            Location - 12, Location + 12, 20_000)).ToArray();
        moments[0].Should().BeApproximately(1, 1e-9);
        moments[1].Should().BeApproximately(Location, 1e-9);
        (moments[2] - Location * Location).Should().BeApproximately(Distribution(1).Variance.ToDouble(), 1e-8);
        Distribution(1).Variance.ToDouble().Should().BeApproximately(2 * Scale * Scale, 1e-15);

        LaplaceLikelihood Distribution(long count)
        {
            var location = torch.full([count, 1L], Location, torch.float64);
            return learned ? new(location, torch.full([count, 1L], Math.Log(Scale), torch.float64)) : new(location, Scale);
        }
    }

    [Fact]
    public void Its_log_density_is_the_hand_computed_one()
    {
        var x = torch.tensor(new[] { 1.0, -2.0 }).reshape(1, 2);
        var location = torch.tensor(new[] { 0.5, 0.0 }).reshape(1, 2);
        new LaplaceLikelihood(location, 0.5).LogProb(x).ToDouble().Should().BeApproximately(-1 - 4 - 2 * Math.Log(1), 1e-14);
        new LaplaceLikelihood(location, torch.tensor(new[] { 0.0, Math.Log(2) }).reshape(1, 2)).LogProb(x).ToDouble()
            .Should().BeApproximately(-0.5 - Math.Log(2) - 1 - Math.Log(4), 1e-14);
    }

    [Fact]
    public void The_shared_variance_agrees_with_one_for_each_value()
    {
        var (mean, x) = (torch.randn([3L, 2L, 1L, 2L, 2L], torch.float64), torch.randn([2L, 4L], torch.float64));
        var shared = new GaussianLikelihood(mean, torch.full([1L], -0.7, torch.float64), itemRank: 3);
        var each = new GaussianLikelihood(mean, torch.full_like(mean, -0.7), itemRank: 3);
        shared.LogProb(x).Values().Zip(each.LogProb(x).Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
        shared.Variance.shape.Should().Equal(mean.shape);
        shared.Sample().shape.Should().Equal(mean.shape);
    }

    [Fact]
    public void The_learned_shared_variance_of_data_with_known_mean_is_the_mean_square()
    {
        using var likelihood = ObservationModel.SharedGaussian(3);
        var x = torch.tensor(new[] { 0.2f, -0.4f, 0.6f, 0.1f, 0.5f, -0.3f }).reshape(2, 3);
        var parameter = likelihood.get_parameter("log_variance")!;
        using (torch.no_grad())
            parameter.fill_(Math.Log(x.square().mean().ToDouble()));
        likelihood.forward(torch.zeros([2L, 3L])).LogProb(x).sum().backward();
        parameter.grad!.ToDouble().Should().BeApproximately(0, 1e-5, "the likelihood is highest there");
        likelihood.state_dict().Keys.Should().Equal("log_variance");
        using var narrow = ObservationModel.SharedGaussian(new LogVarianceRange(-4, -2), 3);
        narrow.forward(torch.zeros([1L, 3L])).Variance.Values().Should().OnlyContain(v => Math.Abs(v - Math.Exp(-2)) < 1e-6);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new LaplaceLikelihood(torch.zeros([2L, 3L]), 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new LaplaceLikelihood(torch.zeros([2L, 3L]), torch.zeros([3L, 2L])))
            .Should().Throw<ArgumentException>().WithMessage("*[3, 2]*");
        FluentActions.Invoking(() => ObservationModel.Laplace(-1, 4)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ObservationModel.SharedGaussian(new LogVarianceRange(2, 1), 4))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 1]*");
        new LaplaceLikelihood(torch.zeros([1L, 2L]), 1).ExplainOutsideSupport(torch.full([1L, 2L], double.NaN)).Should().Contain("NaN");
    }
}
