using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Priors;

public sealed class MixtureLogDensityTests : IDisposable
{
    // A float32 has 24 bits; twice its half unit in the last place.
    private const double Rounding = 1.2e-7;

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(5);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(100.0)]
    public void Matrix_products_agree_with_the_direct_form(double shift)
    {
        var (means, logVariances, logWeights, z) = Mixture(50, 4, 30, shift);
        var direct = MixtureLogDensity.Directly(means, logVariances, logWeights, z);
        var products = MixtureLogDensity.ByProducts(means, logVariances, logWeights, z);
        direct.shape.Should().Equal(30, 50);
        direct.Values().Zip(products.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
        MixtureLogDensity.Of(means, logVariances, logWeights, z).Values().Zip(direct.exp().sum(-1).log().Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-10);
    }

    [Theory]
    [InlineData(17, 4, 0)]
    [InlineData(200, 40, 50)]
    [InlineData(200, 2000, 0)]
    public void In_single_precision_it_is_the_exact_value_rounded_once(long components, long size, double shift)
    {
        var (means, logVariances, logWeights, z) = Mixture(components, size, 100, shift);
        // Sharp components, and points beside them: the terms of the expanded squares are thousands of times their sum.
        torch.Tensor[] single = [means.@float(), (logVariances - 2).@float(), logWeights.@float(), z.@float()];
        single[3].narrow(0, 0, 2).copy_(single[0].narrow(0, 0, 2) + torch.randn(2, size) * 0.05);
        torch.Tensor[] same = [.. single.Select(t => t.@double())];
        var exact = MixtureLogDensity.Directly(same[0], same[1], same[2], same[3]).Values();
        var values = MixtureLogDensity.ByProducts(single[0], single[1], single[2], single[3]);
        values.dtype.Should().Be(torch.float32);
        values.Values().Zip(exact).Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= Rounding * (size + Math.Abs(p.Second)));
        var total = MixtureLogDensity.Of(same[0], same[1], same[2], same[3]).Values();
        MixtureLogDensity.Of(single[0], single[1], single[2], single[3]).Values().Zip(total)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= 2 * Rounding * (size + Math.Abs(p.Second)));
        using var products = MixtureProducts.Of(single[0], single[1], single[2]).Keep();
        var points = single[3].requires_grad_();
        var density = products.LogDensityOfFixed(points);
        density.Values().Zip(total).Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= Rounding * (size + Math.Abs(p.Second)));
        density.sum().backward();
        var wide = same[3].requires_grad_();
        MixtureLogDensity.Of(same[0], same[1], same[2], wide).sum().backward();
        points.grad!.Values().Zip(wide.grad!.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= 1e-6 * (1 + Math.Abs(p.Second)));
    }

    [Fact]
    public void It_is_the_sum_of_the_components_densities()
    {
        var (means, logVariances, logWeights, z) = Mixture(3, 2, 5, shift: 0);
        var expected = Enumerable.Range(0, 3)
            .Select(m => new DiagonalNormal(means.narrow(0, m, 1).expand(5, 2), logVariances.narrow(0, m, 1).expand(5, 2)).LogProb(z).exp()
                * logWeights.select(0, m).exp()).Aggregate((a, b) => a + b).log();
        MixtureLogDensity.Of(means, logVariances, logWeights, z).Values().Zip(expected.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void It_agrees_with_PyTorch()
    {
        // torch.distributions.MixtureSameFamily of PyTorch 1.13 in double precision
        var means = torch.tensor(new[] { 0.5, -1, 2, 0.3, -0.7, 1.1 }).reshape(3, 2);
        var logVariances = torch.tensor(new[] { 0.2, -0.5, -1, 0.4, 0, -2 }).reshape(3, 2);
        var logWeights = torch.tensor(new[] { 0.2, 0.5, 0.3 }).log();
        var z = torch.tensor(new[] { 0.1, 0.2, 3, -2 }).reshape(2, 2);
        double[] expected = [-4.12970532715089, -5.12577983881135];
        MixtureLogDensity.Of(means, logVariances, logWeights, z).Values().Zip(expected)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
        MixtureLogDensity.ByProducts(means, logVariances, logWeights, z).logsumexp(-1).Values().Zip(expected)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-12);
    }

    [Fact]
    public void Gradients_of_both_forms_agree_with_finite_differences()
    {
        var (means, logVariances, logWeights, z) = Mixture(4, 3, 5, shift: 0);
        foreach (var form in new Form[] { MixtureLogDensity.Directly, MixtureLogDensity.ByProducts })
        {
            Check(at => form(at, logVariances, logWeights, z), means);
            Check(at => form(means, at, logWeights, z), logVariances);
            Check(at => form(means, logVariances, at, z), logWeights);
            Check(at => form(means, logVariances, logWeights, at), z);
        }

        static void Check(Func<torch.Tensor, torch.Tensor> components, torch.Tensor at)
            => Reference.Gradient(x => components(x).logsumexp(-1).sum(), at)
                .Zip(Reference.FiniteDifferences(x => components(x).logsumexp(-1).sum(), at))
                .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-6 * (1 + Math.Abs(p.Second)));
    }

    [Fact]
    public void One_component_that_is_far_away_takes_no_digits_from_the_others()
    {
        var (means, logVariances, logWeights, z) = Mixture(40, 3, 60, shift: 0);
        means[7] = torch.full([3L], 1e12, torch.float64);
        z[5] = means[7] + 0.25;
        var exact = MixtureLogDensity.Directly(means, logVariances, logWeights, z).Values();
        MixtureProducts.Of(means, logVariances, logWeights).LosesDigits().Should().BeTrue();
        MixtureLogDensity.Components(means, logVariances, logWeights, z).Values().Zip(exact)
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= 1e-12 * (1 + Math.Abs(p.Second)));
        var (near, nearLogVariances, nearLogWeights, _) = Mixture(40, 3, 1, shift: 1e6);
        MixtureProducts.Of(near, nearLogVariances, nearLogWeights).LosesDigits().Should().BeFalse("all are about as far");
    }

    [Fact]
    public void Points_far_from_every_component_keep_a_finite_density()
    {
        var (means, logVariances, logWeights, _) = Mixture(30, 4, 1, shift: 0);
        var value = MixtureLogDensity.Of(means, logVariances, logWeights, torch.full([1L, 4L], 1e4, torch.float64)).ToDouble();
        double.IsFinite(value).Should().BeTrue();
        value.Should().BeLessThan(-1e7);
    }

    [Fact]
    public void In_single_precision_two_derivatives_are_those_of_double_precision_and_none_is_subnormal()
    {
        // For each point some share the density, and others are thousands of nats away.
        var (means, logVariances, logWeights, z) = Mixture(200, 4, 30, shift: 0);
        torch.Tensor[] wide = [means, logVariances, logWeights, z];
        torch.Tensor[] single = [.. wide.Select(t => t.@float().requires_grad_())];
        wide = [.. single.Select(t => t.detach().@double().requires_grad_())];
        foreach (var (found, exact) in Derivatives(single).Zip(Derivatives(wide)))
        {
            var largest = exact.abs().max().ToDouble();
            (found - exact).abs().max().ToDouble().Should().BeLessThan(2e-5 * largest);
            found.data<float>().ToArray().Should().OnlyContain(g => g == 0 || float.IsNormal(g));
        }

        static IEnumerable<torch.Tensor> Derivatives(torch.Tensor[] of)
        {
            var first = torch.autograd.grad(
                [MixtureLogDensity.Of(of[0], of[1], of[2], of[3]).sum()], of, retain_graph: true, create_graph: true);
            return [.. first, .. torch.autograd.grad([first[3].square().sum()], of)];
        }
    }

    [Fact]
    public void One_point_is_of_the_first_of_two_components_drawn()
    {
        // Which torch draws without a look at their weights.
        using var scope = torch.NewDisposeScope();
        var (means, logVariances) = (torch.arange(6, torch.float64).unsqueeze(1), torch.full([6, 1], -90, torch.float64));
        var logWeights = torch.full([6], -Math.Log(6), torch.float64);
        for (var seed = 0; seed < 20; seed++)
        {
            torch.random.manual_seed(seed);
            var first = logWeights.exp().multinomial(2, replacement: true)[0].item<long>();
            torch.random.manual_seed(seed);
            MixtureLogDensity.Sample(means, logVariances, logWeights, 1).item<double>().Should().BeApproximately(first, 1e-9);
        }
        FluentActions.Invoking(() => MixtureLogDensity.Sample(means, logVariances, logWeights, 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*N must be at least 1*");
    }

    [Fact]
    public void Components_without_weight_and_points_without_density_are_what_they_are()
    {
        var (means, logVariances, logWeights, z) = Mixture(20, 3, 6, shift: 0);
        torch.Tensor[] single = [means.@float().requires_grad_(), logVariances.@float(), logWeights.@float(), z.@float()];
        single[2][4] = float.NegativeInfinity;
        var density = MixtureLogDensity.Of(single[0], single[1], single[2], single[3]);
        density.sum().backward();
        var others = torch.tensor([.. Enumerable.Range(0, 20).Where(m => m != 4).Select(m => (long)m)]);
        var expected = MixtureLogDensity.Of(means[others], logVariances[others], logWeights[others], z);
        density.Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5);
        single[0].grad![4].Values().Should().OnlyContain(g => g == 0);
        single[0].grad!.Values().Should().OnlyContain(g => double.IsFinite(g)).And.Contain(g => g != 0);
        using var noGradient = torch.no_grad();
        MixtureLogDensity.Of(single[0], single[1], torch.full_like(single[2], double.NegativeInfinity), single[3]).Values()
            .Should().OnlyContain(value => double.IsNegativeInfinity(value));
        MixtureLogDensity.Of(single[0], single[1], single[2], torch.full_like(single[3], double.NaN)).Values()
            .Should().OnlyContain(value => double.IsNaN(value));
    }

    private delegate torch.Tensor Form(torch.Tensor means, torch.Tensor logVariances, torch.Tensor logWeights, torch.Tensor z);

    private static (torch.Tensor Means, torch.Tensor LogVariances, torch.Tensor LogWeights, torch.Tensor Z) Mixture(
        long components, long size, long count, double shift)
        => (torch.randn([components, size], torch.float64) + shift, torch.rand([components, size], torch.float64) * 5 - 4,
            torch.randn([components], torch.float64).log_softmax(-1), torch.randn([count, size], torch.float64) + shift);
}
