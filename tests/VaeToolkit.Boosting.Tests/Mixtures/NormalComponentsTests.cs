using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Tests;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Mixtures;

public sealed class NormalComponentsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Full_components_have_the_density_and_entropy_of_their_covariance(int size)
    {
        var components = Full(2, size);
        var points = torch.randn([4L, size], torch.float64);
        var densities = components.LogDensities(points, torch.zeros(2, torch.float64)).Values();
        var entropies = components.Entropy().Values();
        for (var m = 0; m < 2; m++)
        {
            var factor = Matrix<double>.Build.Dense(size, size, components.Factors.select(0, m).t().contiguous().Values());
            var covariance = factor * factor.Transpose();
            entropies[m].Should().BeApproximately(0.5 * Math.Log((covariance * 2 * Math.PI * Math.E).Determinant()), 1e-10);
            for (var n = 0; n < 4; n++)
            {
                var offset = Vector<double>.Build.Dense((points.select(0, n) - components.Means.select(0, m)).Values());
                var expected = -0.5 * (offset * covariance.Inverse() * offset) - 0.5 * Math.Log((covariance * 2 * Math.PI).Determinant());
                densities[n * 2 + m].Should().BeApproximately(expected, 1e-9);
            }
        }
    }

    [Fact]
    public void Full_components_with_diagonal_factors_agree_with_diagonal_ones()
    {
        var logVariances = torch.randn([3L, 4L], torch.float64);
        var means = torch.randn([3L, 4L], torch.float64);
        var diagonal = new DiagonalComponents(means, logVariances);
        var full = new FullComponents(means, (logVariances * 0.5).exp().unsqueeze(-1) * torch.eye(4, dtype: torch.float64));
        var points = torch.randn([6L, 4L], torch.float64);
        var logWeights = torch.tensor(new[] { 0.2, 0.3, 0.5 }).log();
        full.LogDensities(points, logWeights).Values().Zip(diagonal.LogDensities(points, logWeights).Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
        full.Entropy().Values().Zip(diagonal.Entropy().Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(20, false)]
    [InlineData(3, true)]
    [InlineData(20, true)]
    public void The_densities_of_own_points_are_those_that_all_points_have_under_all_components(int count, bool full)
    {
        NormalComponents components = full ? Full(count, 4)
            : new DiagonalComponents(torch.randn([count, 4L], torch.float64), torch.randn([count, 4L], torch.float64));
        var points = components.RSample(5).detach().requires_grad_();
        var own = components.OwnLogDensities(points);
        var all = components.LogDensities(points.reshape(-1, 4), torch.zeros(count, torch.float64));
        var expected = torch.stack([.. Enumerable.Range(0, count).Select(m => all.narrow(0, m * 5, 5).select(1, m))]);
        own.shape.Should().Equal(count, 5);
        own.Values().Should().Equal(expected.Values(), (a, b) => Math.Abs(a - b) < 1e-9 * Math.Max(1, Math.Abs(b)));
        Slopes(own).Should().Equal(Slopes(expected), (a, b) => Math.Abs(a - b) < 1e-9 * Math.Max(1, Math.Abs(b)));

        double[] Slopes(torch.Tensor values) => torch.autograd.grad([values.square().sum()], [points])[0].Values();
    }

    [Fact]
    public void Samples_have_the_component_s_mean_and_covariance()
    {
        var components = Full(1, 2);
        var samples = components.RSample(200_000).squeeze(0);
        var centred = samples - samples.mean([0L]);
        var covariance = (centred.t().mm(centred) / 200_000).Values();
        var expected = components.Factors.select(0, 0).mm(components.Factors.select(0, 0).t()).Values();
        // A covariance's standard error is at most sqrt(2) times the product of the deviations over sqrt(N).
        var error = Math.Sqrt(2) * Math.Max(expected[0], expected[3]) / Math.Sqrt(200_000);
        covariance.Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 5 * error);
        samples.mean([0L]).Values().Zip(components.Means.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 5 * error);
    }

    [Fact]
    public void Gradients_reach_means_and_factors_through_samples_and_entropy()
    {
        var means = torch.randn([2L, 3L]).requires_grad_();
        var factors = (torch.randn([2L, 3L, 3L]).tril(-1) + torch.eye(3)).requires_grad_();
        var components = new FullComponents(means, factors);
        (components.RSample(4).sum() + components.Entropy().sum()).backward();
        means.grad!.Values().Should().OnlyContain(value => value == 4);
        factors.grad!.abs().sum().ToDouble().Should().BeGreaterThan(0);
    }

    [Fact]
    public void Bad_shapes_are_refused()
    {
        FluentActions.Invoking(() => new DiagonalComponents(torch.zeros(3), torch.zeros(3)))
            .Should().Throw<ArgumentException>().WithMessage("*[3]*[M, D]*");
        FluentActions.Invoking(() => new DiagonalComponents(torch.zeros([2L, 3L]), torch.zeros([2L, 2L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 3]*[2, 2]*");
        FluentActions.Invoking(() => new FullComponents(torch.zeros([2L, 3L]), torch.zeros([2L, 3L, 2L])))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 3, 2]*[2, 3, 3]*");
        var components = Full(1, 2);
        FluentActions.Invoking(() => components.LogDensities(torch.zeros([2L, 3L]), torch.zeros(1)))
            .Should().Throw<ArgumentException>().WithMessage("*[2, 3]*[N, 2]*");
        FluentActions.Invoking(() => components.RSample(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => components.Append(new DiagonalComponents(torch.zeros([1L, 2L]), torch.zeros([1L, 2L]))))
            .Should().Throw<ArgumentException>().WithMessage("*DiagonalComponents*FullComponents*");
    }

    [Fact]
    public void Entropies_and_densities_of_long_vectors_are_exact()
    {
        const long Size = 200_000;
        var components = new DiagonalComponents(torch.zeros(1, Size), torch.full([1, Size], 1 / 3f));
        var right = 0.5 * Size * ((1 / 3f) + 1 + Math.Log(2 * Math.PI));
        components.Entropy().ToDouble().Should().BeApproximately(right, 1.2e-7 * right);
        var density = components.LogDensities(torch.full([1, Size], 0.7f), torch.zeros(1)).ToDouble();
        var exact = -0.5 * Size * ((0.7f * 0.7f * Math.Exp(-1 / 3f)) + (1 / 3f) + Math.Log(2 * Math.PI));
        density.Should().BeApproximately(exact, 3e-7 * -exact);
    }

    [Fact]
    public void Signs_on_a_factors_diagonal_do_not_matter()
    {
        // As of QR decompositions: the columns of L times −1 leave L Lᵀ.
        using var scope = torch.NewDisposeScope();
        var factor = torch.tensor(new double[,] { { 2, 0 }, { 0.5, 3 } }).unsqueeze(0);
        var (plain, turned) = (new FullComponents(torch.zeros(1, 2, torch.float64), factor),
            new FullComponents(torch.zeros(1, 2, torch.float64), factor * torch.tensor(new double[] { -1, 1 })));
        var points = torch.tensor(new double[,] { { 1, -2 }, { 0.3, 4 } });
        var none = torch.zeros(1, torch.float64);
        turned.LogDensities(points, none).Values().Should().Equal(
            plain.LogDensities(points, none).Values(), (a, b) => Math.Abs(a - b) < 1e-12);
        turned.Entropy().ToDouble().Should().BeApproximately(plain.Entropy().ToDouble(), 1e-12);
    }

    private static FullComponents Full(int count, int size)
        => new(torch.randn([count, size], torch.float64), torch.randn([count, size, size], torch.float64).tril(-1)
            + (torch.rand([count, size, 1L], torch.float64) + 0.3) * torch.eye(size, dtype: torch.float64));
}
