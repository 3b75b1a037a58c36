using System.Numerics;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Mega.Tests.Moments;

/// <summary>Moments and gaps of data far from zero have the values of exact arithmetic.</summary>
public sealed class FarFromZeroTests : IDisposable
{
    private static readonly int[,] s_data = { { 3, -1 }, { 0, 4 }, { -2, 2 }, { 5, 5 }, { 1, -3 } };
    private static readonly int[,] s_means = { { 2, 0 }, { -1, 3 }, { 4, 1 }, { 0, 2 } };
    private static readonly int[,] s_variances = { { 1, 2 }, { 3, 1 }, { 2, 2 }, { 1, 4 } };
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(100_000_000)]
    [InlineData(1_700_000_000)]
    public void The_u_statistic_and_the_draws_variance_are_those_of_whole_numbers(long offset)
    {
        var (x, means, variances) = (Tensor(s_data, offset), Tensor(s_means, offset), Tensor(s_variances, 0));
        var sampling = MomentGaps.Between(DataMoments.Of(x), ConditionalMoments.Independent(means, variances)).Sampling!;
        var (data, model) = (Matrices(s_data, null, offset), Matrices(s_means, s_variances, offset));
        // 5 · 4 and 4 · 3 ordered pairs, 5 · 4 crossed ones: over 60.
        var unbiased = (double)(3 * Pairs(data) + 5 * Pairs(model) - 6 * Inner(Sum(data), Sum(model))) / 60;
        sampling.UnbiasedSquaredGap.Should().BeApproximately(unbiased, 1e-12 * Math.Abs(unbiased));
        var spread = (double)(4 * model.Aggregate(BigInteger.Zero, (sum, g) => sum + Inner(g, g)) - Inner(Sum(model), Sum(model))) / 12;
        sampling.TotalVariance.Should().BeApproximately(spread, 1e-12 * spread);
        using var target = MomentTarget.Of(DataMoments.Of(x));
        foreach (var side in new[] { target, MomentTarget.OfBatch(x) })
        {
            side.Gap(means, variances, MegaTerm.UnbiasedSquared).ToDouble()
                .Should().BeApproximately(unbiased, 1e-6 * Math.Abs(unbiased), "the data's mean, a factor, is rounded to 2.4e-7 there");
        }
    }

    [Theory]
    [InlineData(1e8)]
    [InlineData(1.7e9)]
    public void Gaps_that_do_not_depend_on_the_origin_stay_as_they_are(double offset)
    {
        var (x, means, variances) = (Tensor(s_data, 0), Tensor(s_means, 0), Tensor(s_variances, 0));
        var (near, far) = (Gap(0), Gap(offset));
        far.CovarianceOnly.Should().BeApproximately(near.CovarianceOnly, 1e-9);
        far.FirstOrder.Should().BeApproximately(near.FirstOrder, 1e-6, "a mean is rounded to 2.4e-7 there");
        var (gram, farGram) = (Gram(0), Gram(offset));
        farGram.FirstOrder.Should().BeApproximately(gram.FirstOrder, 1e-12);
        farGram.CovarianceOnly.Should().BeApproximately(gram.CovarianceOnly, 1e-6);
        farGram.SecondOrder.Should().BeApproximately(far.SecondOrder, 1e-6 * far.SecondOrder);
        // The draws about the data's own mean: the whole gap is that of the covariances.
        var same = x * 0.5 + x.mean([0L]) * 0.5;
        MomentGaps.Between(DataMoments.Of(x + offset), ConditionalMoments.Independent(same + offset, torch.ones_like(x))).SecondOrder
            .Should().BeApproximately(
                MomentGaps.Between(DataMoments.Of(x), ConditionalMoments.Independent(same, torch.ones_like(x))).SecondOrder, 1e-9);

        MomentGap Gap(double shift)
            => MomentGaps.Between(DataMoments.Of(x + shift), ConditionalMoments.Independent(means + shift, variances));
        GramGap Gram(double shift) => GramGap.Between(x + shift, means + shift, variances);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e8)]
    public void An_em_trained_mixtures_gap_is_that_of_the_divisor_there_too(double offset)
    {
        using var seed = SeedScope.Begin(1);
        var rows = (torch.randn([60L, 3L], dtype: torch.float64) * 1024).round() / 1024;
        var moments = DataMoments.Of(rows + offset);
        var gap = MomentGaps.Between(moments, GaussianMixture.Fit(rows + offset, 2, new() { Regularisation = 0 }).Model);
        gap.FirstOrder.Should().BeLessThan(1e-12);
        gap.SecondOrder.Should().BeApproximately(moments.Estimate(SecondMomentDivisor.Slide).Covariance.FrobeniusNorm() / 60, 1e-8);
    }

    [Fact]
    public void The_objective_in_single_precision_keeps_the_gap_of_covariances_beside_a_large_mean()
    {
        // Draws at the data's mean ± 1: the gap is that of the covariances alone.
        var x = Tensor(s_data, 4_096);
        var steps = torch.tensor(new double[,] { { 1, 1 }, { -1, -1 }, { 1, -1 }, { -1, 1 } });
        var means = x.mean([0L]) + steps;
        var exact = MomentGaps.Between(
            DataMoments.Of(x), ConditionalMoments.Independent(means, torch.ones_like(means)), SecondMomentDivisor.Unbiased).SecondOrder;
        foreach (var target in new[] { MomentTarget.Of(DataMoments.Of(x)), MomentTarget.OfBatch(x.to(torch.float32)) })
        {
            var single = target.Gap(means.to(torch.float32), torch.ones_like(means, torch.float32), MegaTerm.SecondOrder);
            single.to(torch.float64).ToDouble().Should().BeApproximately(exact, 0.5,
                "4,096 is known to 2⁻¹² there, and x̄ is a factor");
            target.Dispose();
        }
    }

    [Fact]
    public void The_objectives_smoothing_follows_the_datas_units()
    {
        var (x, variances) = (Tensor(s_data, 0) * 1e-9, Tensor(s_data, 0) * 0);
        using var target = MomentTarget.Of(DataMoments.Of(x));
        using var plain = MomentTarget.Of(DataMoments.Of(Tensor(s_data, 0)));
        foreach (var term in new[] { MegaTerm.SecondOrder, MegaTerm.SecondOrderSquared, MegaTerm.UnbiasedSquared })
        {
            var expected = plain.Gap(Tensor(s_data, 1), variances, term).ToDouble();
            var power = term == MegaTerm.SecondOrder ? 2 : 4;
            var actual = target.Gap(Tensor(s_data, 1) * 1e-9, variances, term).ToDouble() * Math.Pow(1e9, power);
            actual.Should().BeApproximately(expected, 1e-6 * Math.Abs(expected));
        }
    }

    private static torch.Tensor Tensor(int[,] values, double offset) => torch.tensor(values, torch.float64, torch.CPU) + offset;

    // V + μᵀμ of every row.
    private static BigInteger[][] Matrices(int[,] means, int[,]? variances, long offset)
        => [.. Enumerable.Range(0, means.GetLength(0)).Select(i => Enumerable.Range(0, 4).Select(entry =>
        {
            var (a, b) = (entry / 2, entry % 2);
            return (BigInteger)(means[i, a] + offset) * (means[i, b] + offset) + (a == b && variances is not null ? variances[i, a] : 0);
        }).ToArray())];

    private static BigInteger[] Sum(BigInteger[][] matrices)
        => matrices.Aggregate((left, right) => [.. left.Zip(right, (a, b) => a + b)]);

    private static BigInteger Inner(BigInteger[] left, BigInteger[] right)
        => left.Zip(right, (a, b) => a * b).Aggregate(BigInteger.Zero, (sum, value) => sum + value);

    private static BigInteger Pairs(BigInteger[][] matrices)
        => Inner(Sum(matrices), Sum(matrices)) - matrices.Aggregate(BigInteger.Zero, (sum, g) => sum + Inner(g, g));
}
