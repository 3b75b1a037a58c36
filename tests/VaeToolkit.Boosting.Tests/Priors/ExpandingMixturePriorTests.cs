using TorchSharp;
using VaeToolkit.Boosting.Tests.Continual;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Priors;

public sealed class ExpandingMixturePriorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Components_of_all_tasks_weigh_the_same_and_between_tasks_only_frozen_ones_count()
    {
        using var prior = new ExpandingMixturePrior(2, 3);
        var first = prior.get_parameter("means")!.clone();
        prior.EndTask();
        var z = torch.randn([5L, 2L]);
        prior.LogProb(z).Values().Should().Equal(Density(first, z), Near);
        prior.BeginTask();
        var second = prior.get_parameter("means")!.clone();
        second.Values().Should().NotEqual(first.Values());
        prior.LogProb(z).Values().Should().Equal(Density(torch.cat([first, second]), z), Near);
        prior.EndTask();
        prior.FrozenCount.Should().Be(6);
        prior.LogProb(z).Values().Should().Equal(Density(torch.cat([first, second]), z), Near);
    }

    [Fact]
    public void Samples_follow_the_density()
    {
        using var prior = new ExpandingMixturePrior(1, 2);
        prior.EndTask();
        prior.get_buffer("frozen_means")!.copy_(torch.tensor(new[] { -5f, 5f }).reshape(2, 1));
        var samples = prior.Sample(10_000).Values();
        samples.Count(x => x < 0).Should().BeCloseTo(5000, 250, "five standard errors");
        samples.Average(x => Math.Pow(Math.Abs(x) - 5, 2)).Should().BeApproximately(Math.Exp(-2), 0.01, "five standard errors");
    }

    [Fact]
    public void Weights_come_back_with_the_file_s_number_of_components()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var model = Stripes.Model(_ => new ExpandingMixturePrior(2, 3));
            ((ExpandingMixturePrior)model.Prior).EndTask();
            model.SaveWeights(path);
            using var other = Stripes.Model(_ => new ExpandingMixturePrior(2, 3));
            other.LoadWeights(path);
            ((ExpandingMixturePrior)other.Prior).IsTaskOpen.Should().BeFalse();
            var z = torch.randn([4L, 2L]);
            other.Prior.LogProb(z).Values().Should().Equal(model.Prior.LogProb(z).Values());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Misuse_is_named()
    {
        using var prior = new ExpandingMixturePrior(2, 3);
        FluentActions.Invoking(prior.BeginTask).Should().Throw<InvalidOperationException>().WithMessage("*a task is open*");
        prior.EndTask();
        FluentActions.Invoking(prior.EndTask).Should().Throw<InvalidOperationException>().WithMessage("*no task is open*");
        FluentActions.Invoking(() => new ExpandingMixturePrior(2, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*K*");
        FluentActions.Invoking(() => new ExpandingMixturePrior(2, 3, -1))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*spread*");
    }

    private static double[] Density(torch.Tensor means, torch.Tensor z)
    {
        using var mixture = new NormalMixture(new DiagonalComponents(means.detach(), torch.full_like(means.detach(), -2)),
            [.. Enumerable.Repeat(1.0 / means.shape[0], (int)means.shape[0])]);
        return mixture.LogDensity(z).Values();
    }

    private static bool Near(double one, double other) => Math.Abs(one - other) < 1e-5;
}
