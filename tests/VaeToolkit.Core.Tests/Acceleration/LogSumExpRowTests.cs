using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Acceleration;

public sealed class LogSumExpRowTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(8);

    public void Dispose()
    {
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 7, 1e4)]
    [InlineData(50, 500, -3e3)]
    [InlineData(4, 100_003, 0)]
    public void Value_and_gradient_equal_those_in_float64(int rows, int terms, double shift)
    {
        // From some that share the sum to some of which nothing is left, as of a mixture's components.
        var exact = (torch.randn([rows, terms], torch.float64).square() * -40 + shift).@float().@double().requires_grad_();
        var single = exact.detach().@float().requires_grad_();
        var upstream = torch.randn([rows], torch.float64);
        var expected = exact.logsumexp(-1);
        (expected * upstream).sum().backward();

        var value = FastPaths.LogSumExp(single)!;
        (value * upstream).sum().backward();

        value.dtype.Should().Be(torch.float32);
        value.Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= 1.2e-7 * (1 + Math.Abs(p.Second)));
        single.grad!.Values().Zip(exact.grad!.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= 1e-6 * Math.Abs(p.Second) + 1e-25);
        single.grad!.data<float>().ToArray().Should().OnlyContain(g => g == 0 || float.IsNormal(g));
        using var noGradient = torch.no_grad();
        FastPaths.LogSumExp(single)!.Values().Should().Equal(value.Values());
    }

    [Fact]
    public void A_component_without_weight_is_left_out()
    {
        var (means, logVariances, z) = (torch.randn(20, 3).requires_grad_(), torch.zeros(20, 3), torch.randn(6, 3));
        var logWeights = torch.full([20L], -Math.Log(19)).index_put_(torch.tensor(float.NegativeInfinity), [torch.tensor(4L)]);
        var others = torch.tensor([.. Enumerable.Range(0, 20).Where(m => m != 4).Select(m => (long)m)]);
        var density = MixtureLogDensity.Of(means, logVariances, logWeights, z);
        density.sum().backward();
        var expected = MixtureLogDensity.Of(
            means.detach()[others], logVariances[others], logWeights[others], z);
        density.Values().Zip(expected.Values()).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-5);
        means.grad![4].Values().Should().OnlyContain(g => g == 0);
        means.grad!.Values().Should().OnlyContain(g => double.IsFinite(g));
    }

    [Theory]
    [InlineData(float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, 0)]
    public void What_is_not_finite_is_not_hidden(float term, float expected)
    {
        // More than a vector, so that it is found in one and behind the last.
        foreach (var at in new[] { 0, 5, 33 })
        {
            var terms = Enumerable.Repeat(-MathF.Log(33), 34).ToArray();
            terms[at] = term;
            // The other 33 terms come to log 1.
            var value = LogSumExpRow.Row(terms, terms, default);
            (Math.Abs(value) < 1e-6 ? 0 : value).Should().Be(expected);
            FastPaths.LogSumExp(torch.tensor(terms).unsqueeze(0)).Should().BeNull("torch's operator has its gradient");
        }
        LogSumExpRow.Row([float.NegativeInfinity, float.NegativeInfinity], [], default).Should().Be(double.NegativeInfinity);
    }
}
