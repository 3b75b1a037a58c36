using TorchSharp;

namespace VaeToolkit.Tests.Distributions;

public sealed class ContinuousBernoulliLikelihoodTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.0)]
    [InlineData(1e-9)]
    [InlineData(-0.01)]
    [InlineData(0.2499)]
    [InlineData(0.2501)]
    [InlineData(-3.0)]
    [InlineData(30.0)]
    public void It_integrates_to_one_and_has_its_moments(double logit)
    {
        var moments = Enumerable.Range(0, 3).Select(power => Reference.Integrate(
            x => [.. Distribution(x.Length, logit).LogProb(torch.tensor(x).reshape(
                -1, 1)).exp().Values().Zip(x, (p, value) => p * Math.Pow(value, power))], 0, 1)).ToArray();
        var one = Distribution(1, logit);
        moments[0].Should().BeApproximately(1, 1e-9);
        one.Mean.ToDouble().Should().BeApproximately(moments[1], 1e-9);
        one.Variance.ToDouble().Should().BeApproximately(moments[2] - moments[1] * moments[1], 1e-9);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(-0.25)]
    public void Series_and_closed_form_meet(double logit)
    {
        foreach (var read in new Func<ContinuousBernoulliLikelihood, double>[]
        {
            d => d.LogProb(torch.full([1L, 1L], 0.3, torch.float64)).ToDouble(), d => d.Mean.ToDouble(), d => d.Variance.ToDouble(),
        })
        {
            read(Distribution(1, logit * (1 - 1e-13))).Should().BeApproximately(read(Distribution(1, logit * (1 + 1e-13))), 2e-13);
        }
    }

    [Theory]
    [InlineData(-800.0)]
    [InlineData(800.0)]
    [InlineData(0.0)]
    public void Values_and_gradients_are_finite_at_extreme_logits(double logit)
    {
        var at = torch.full([1L, 1L], logit, torch.float64);
        foreach (var function in new Func<ContinuousBernoulliLikelihood, torch.Tensor>[] { d =>
            d.LogProb(torch.full([1L, 1L], 0.3, torch.float64)).sum(), d => d.Mean.sum(), d => d.Variance.sum() })
        {
            double.IsFinite(function(new(at)).ToDouble()).Should().BeTrue();
            double.IsFinite(Reference.Gradient(l => function(new(l)), at)[0]).Should().BeTrue();
        }
        // The density at the likelier end is |l| as the tail vanishes.
        if (logit != 0)
            Distribution(1, logit).LogProb(torch.full([1L, 1L], logit > 0 ? 1.0 : 0.0, torch.float64)).ToDouble()
                .Should().BeApproximately(Math.Log(800), 1e-12);
    }

    [Fact]
    public void The_derivative_of_the_normaliser_is_the_mean()
    {
        var logits = torch.tensor(new[] { -5.0, -0.3, -0.1, 0.0, 0.2, 2.0, 20.0 }).reshape(1, 7);
        // d/dl log p(x) = x − E[x]
        Reference.Gradient(l => new ContinuousBernoulliLikelihood(l).LogProb(torch.zeros([1L, 7L], torch.float64)).sum(), logits)
            .Zip(new ContinuousBernoulliLikelihood(logits).Mean.Values()).Should().OnlyContain(p => Math.Abs(p.First + p.Second) < 1e-12);
        Reference.Gradient(l => new ContinuousBernoulliLikelihood(l).Mean.sum(), logits)
            .Zip(new ContinuousBernoulliLikelihood(logits).Variance.Values())
            .Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-11);
    }

    [Fact]
    public void It_agrees_with_PyTorch()
    {
        // torch.distributions.ContinuousBernoulli of PyTorch 1.13 in double precision
        var pixels = new ContinuousBernoulliLikelihood(torch.tensor(new[] { -6.0, -0.3, 0.001, 0.8, 12.0 }).reshape(5, 1));
        var x = torch.tensor(new[] { 0.1, 0.9, 0.3, 0.5, 0.95 }).reshape(5, 1);
        Agree(pixels.LogProb(x), 1.19424129859701, -0.123747191511089, -0.000200041666666428, -0.0265258721252344, 1.88491279401933);
        Agree(pixels.Mean, 0.164181755009822, 0.475037419823251, 0.500083333331944, 0.565966220916094, 0.91667281091678);
        Agree(pixels.Variance, 0.0252866913349909, 0.0829596684125935, 0.0833333291666679, 0.0807329054078136, 0.00693830015658634);

        static void Agree(torch.Tensor actual, params double[] expected)
            => actual.Values().Zip(expected).Should().OnlyContain(p => Math.Abs(p.First - p.Second) < 1e-11);
    }

    [Fact]
    public void Single_precision_is_as_good_as_it_can_be()
    {
        var logits = (torch.arange(-400L, 401L, torch.float64) / 40).reshape(1, -1);
        var (single, exact) = (new ContinuousBernoulliLikelihood(logits.@float()), new ContinuousBernoulliLikelihood(logits));
        Difference(single.Mean, exact.Mean).Should().BeLessThan(2e-7);
        Difference(single.Variance, exact.Variance).Should().BeLessThan(2e-7);

        static double Difference(torch.Tensor one, torch.Tensor other) => (one.@double() / other - 1).abs().max().ToDouble();
    }

    [Fact]
    public void Values_outside_the_support_are_explained()
    {
        Distribution(1, 0).ExplainOutsideSupport(torch.tensor(new[] { 0f, 0.3f }).reshape(1, 2)).Should().BeNull();
        Distribution(1, 0).ExplainOutsideSupport(torch.tensor(new[] { -0.5f, 0.5f }).reshape(1, 2)).Should().Contain("[-0.5, 0.5]");
    }

    private static ContinuousBernoulliLikelihood Distribution(long count, double logit)
        => new(torch.full([count, 1L], logit, torch.float64));
}
