using System.Numerics;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Distributions;

/// <summary>Discretised logistics whose scale is less than the rounding of the bins' edges, or more than any number of the type.</summary>
public sealed class BinEdgeTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<torch.ScalarType, double> Narrow => new()
    {
        { torch.float64, -36 }, { torch.float64, -38 }, { torch.float64, -42 }, { torch.float32, -16 }, { torch.float32, -18 },
        { torch.float32, -22 },
    };

    public void Dispose() => _scope.Dispose();

    // μ is the number of its type that is next to the edge e between two levels; of their bins the other edges are so far off that
    // P(level) is σ(± (μ − e) / s). The difference is taken of whole numbers, without rounding.
    [Theory]
    [MemberData(nameof(Narrow))]
    public void Beside_an_edge_the_difference_has_all_its_digits(torch.ScalarType type, double logScale)
    {
        var indices = Enumerable.Range(1, 255).ToArray();
        var location = torch.tensor(indices.Select(i => (i - 0.5) / 255).ToArray()).to(type).reshape(1, -1).requires_grad_();
        var spread = torch.full([1L, 255L], logScale, type).requires_grad_();
        var scale = Math.Exp(-spread.Values()[0]);
        var past = location.Values().Zip(indices, (at, i) => Difference(at, i) * scale).ToArray();
        past.Max(Math.Abs).Should().BeGreaterThan(0.1).And.BeLessThan(1e4, "some are beside the edge in units of s");
        var likelihood = new DiscretisedLogisticLikelihood(location, spread);
        var tolerance = type == torch.float64 ? 1e-9 : 1e-4;
        foreach (var sign in new[] { 1, -1 })
        {
            var levels = torch.tensor(indices.Select(i => (sign > 0 ? i : i - 1) / 255.0).ToArray()).to(type).reshape(1, -1);
            var logProb = likelihood.LogProbByValue(levels);
            RequireNear(logProb, past.Select(p => -Softplus(-sign * p)));
            location.grad = null!;
            spread.grad = null!;
            logProb.sum().backward();
            RequireNear(location.grad!, past.Select(p => sign * scale / (1 + Math.Exp(sign * p))));
            RequireNear(spread.grad!, past.Select(p => -sign * p / (1 + Math.Exp(sign * p))));
        }
        RequireNear(likelihood.Mean, past.Zip(indices, (p, i) => (i - 1 + 1 / (1 + Math.Exp(-p))) / 255));

        void RequireNear(torch.Tensor actual, IEnumerable<double> expected) => actual.detach().Values().Zip(expected)
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= tolerance * (1e-6 + Math.Abs(pair.Second)));
    }

    [Theory]
    [InlineData(torch.ScalarType.Float64, -40)]
    [InlineData(torch.ScalarType.Float64, -600)]
    [InlineData(torch.ScalarType.Float64, -2000)]
    [InlineData(torch.ScalarType.Float32, -20)]
    [InlineData(torch.ScalarType.Float32, -80)]
    [InlineData(torch.ScalarType.Float32, -300)]
    public void At_an_edge_both_levels_have_one_half(torch.ScalarType type, double logScale)
    {
        // 127.5 / 255 is a number of every type.
        var (location, spread) = (torch.full([1L, 2L], 0.5, type), torch.full([1L, 2L], logScale, type));
        var levels = torch.tensor([127 / 255.0, 128 / 255.0]).to(type).reshape(1, 2);
        var likelihood = new DiscretisedLogisticLikelihood(location, spread);
        likelihood.LogProbByValue(levels).Values().Should().OnlyContain(value => Math.Abs(value + Math.Log(2)) < 1e-6);
        likelihood.Mean.Values().Should().OnlyContain(value => Math.Abs(value - 0.5) < 1e-6);
        likelihood.Variance.Values().Should().OnlyContain(value => Math.Abs(value - 0.25 / (255 * 255.0)) < 1e-9);
        new DiscretisedLogisticMixtureLikelihood(torch.zeros([1L, 3L, 2L], type), torch.full([1L, 3L, 2L], 0.5, type),
            torch.full([1L, 3L, 2L], logScale, type)).LogProb(levels).ToDouble().Should().BeApproximately(-2 * Math.Log(2), 1e-6);
    }

    [Theory]
    [InlineData(-2000, 0.3)]
    [InlineData(-39, 0.3)]
    [InlineData(-20, 0.5)]
    [InlineData(-3, -2)]
    [InlineData(3, 1e6)]
    [InlineData(20, 0.3)]
    [InlineData(300, 0.3)]
    [InlineData(700, 0.3)]
    [InlineData(2000, 0.3)]
    public void The_levels_sum_to_one_whatever_the_scale(double logScale, double location)
    {
        var levels = torch.arange(0L, 256L, torch.float64).reshape(256, 1) / 255;
        var likelihood = new DiscretisedLogisticLikelihood(
            torch.full([256L, 1L], location, torch.float64), torch.full([256L, 1L], logScale, torch.float64));
        likelihood.LogProb(levels).exp().sum().ToDouble().Should().BeApproximately(1, 1e-12);
        using var seed = SeedScope.Begin(1);
        likelihood.Sample().Values().Should().OnlyContain(value => value >= 0 && value <= 1);
    }

    [Theory] // μ far outside: only the distance to the end bin is left, (edge − μ) / s, and nothing overflows on the way.
    [InlineData(1e6)]
    [InlineData(1e300)]
    public void Far_outside_the_distance_to_the_end_is_left(double location)
    {
        var likelihood = new DiscretisedLogisticLikelihood(
            torch.tensor([-location, location]).reshape(1, 2), torch.zeros([1L, 2L], torch.float64));
        likelihood.LogProbByValue(torch.tensor([1.0, 0.0]).reshape(1, 2)).Values()
            .Should().OnlyContain(value => Math.Abs(value + location) < 2 + location * 1e-12);
        likelihood.LogProbByValue(torch.tensor([0.0, 1.0]).reshape(1, 2)).Values().Should().OnlyContain(value => Math.Abs(value) < 1e-12);
    }

    [Theory] // μ infinite: all is in the end bin, whatever the scale and the type.
    [InlineData(torch.ScalarType.Float32, 0)]
    [InlineData(torch.ScalarType.Float32, -300)]
    [InlineData(torch.ScalarType.Float32, 300)]
    [InlineData(torch.ScalarType.Float64, 0)]
    [InlineData(torch.ScalarType.Float64, 2000)]
    public void At_infinity_all_is_in_the_end_bin_and_without_a_number_nothing_is(torch.ScalarType type, double logScale)
    {
        double[] levels = [0, 1 / 255.0, 128 / 255.0, 254 / 255.0, 1];
        const double Never = double.NegativeInfinity;
        foreach (var (location, expected) in new (double, double[])[]
                 {
                     (double.PositiveInfinity, [Never, Never, Never, Never, 0]),
                     (double.NegativeInfinity, [0, Never, Never, Never, Never]),
                     (double.NaN, [double.NaN, double.NaN, double.NaN, double.NaN, double.NaN]),
                 })
        {
            var (at, spread) = (torch.full([1L, 5L], location, type).requires_grad_(), torch.full([1L, 5L], logScale, type));
            var x = torch.tensor(levels).to(type).reshape(1, 5);
            var likelihood = new DiscretisedLogisticLikelihood(at, spread);
            likelihood.LogProbByValue(x).detach().Values().Should().Equal(expected);
            new DiscretisedLogisticMixtureLikelihood(torch.zeros([1L, 1L, 5L], type), at.unsqueeze(1), spread.unsqueeze(1))
                .LogProbByValue(x).detach().Values().Should().Equal(expected);
            double[] mean = [double.IsNaN(location) ? double.NaN : location > 0 ? 1 : 0];
            likelihood.Mean.detach().Values().Distinct().Should().Equal(mean);
            likelihood.Variance.detach().Values().Distinct().Should().Equal(double.IsNaN(location) ? double.NaN : 0);
        }
    }

    [Fact]
    public void Of_what_is_sure_there_is_no_gradient()
    {
        var location = torch.tensor([double.PositiveInfinity, double.NegativeInfinity]).reshape(1, 2).requires_grad_();
        var spread = torch.zeros([1L, 2L], torch.float64).requires_grad_();
        new DiscretisedLogisticLikelihood(location, spread).LogProb(torch.tensor([1.0, 0.0]).reshape(1, 2)).sum().backward();
        location.grad!.Values().Should().Equal(0, 0);
        spread.grad!.Values().Should().Equal(0, 0);
    }

    // at − (i − ½) / 255, rounded once: at is m 2^−e, so 510 times it is (510 m − (2 i − 1) 2^e) 2^−e.
    private static double Difference(double at, int i)
    {
        const int Bits = 80;
        var mantissa = new BigInteger(Math.ScaleB(at, 60));
        Math.ScaleB((double)mantissa, -60).Should().Be(at, "sixty binary places are enough for it");
        var difference = (mantissa << (Bits - 60)) * 510 - (new BigInteger(2 * i - 1) << Bits);
        return Math.ScaleB((double)difference, -Bits) / 510;
    }

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
