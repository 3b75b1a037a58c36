using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised.Tests.Distributions;

public sealed class ClassDistributionTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Log_probability_is_the_log_softmax_at_the_class_even_for_huge_logits()
    {
        var classes = new ClassDistribution(torch.tensor(new double[] { 0, Math.Log(2), Math.Log(5), 0, 1000, 0 }, [2, 3]));
        var oneHot = torch.tensor(new double[] { 0, 1, 0, 1, 0, 0 }, [2, 3]);
        classes.LogProb(oneHot).Values().Should().Equal([Math.Log(0.25), -1000], (a, b) => Math.Abs(a - b) < 1e-9);
        var soft = torch.tensor(new double[] { 0.5, 0.5, 0, 0, 1, 0 }, [2, 3]);
        classes.LogProb(soft).Values()[0].Should().BeApproximately(0.5 * (Math.Log(1 / 8.0) + Math.Log(0.25)), 1e-9);
        classes.ExplainOutsideSupport(soft).Should().BeNull();
        classes.ExplainOutsideSupport(soft * 2).Should().Contain("sum to");
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float64)]
    public void Variances_of_a_class_that_is_almost_certain_have_their_digits(torch.ScalarType type)
    {
        // p = 1 / (1 + e⁻²⁰ + e⁻²¹), and p (1 − p) is what the others have, but for its square; a tie shares all.
        var variance = new ClassDistribution(torch.tensor(new double[] { 20, 0, -1, 3, 3, -90 }, [2, 3]).to(type)).Variance.Values();
        double[] expected = [Math.Exp(-20) + Math.Exp(-21), Math.Exp(-20), Math.Exp(-21), 0.25, 0.25, Math.Exp(-93)];
        for (var i = 0; i < 5; i++)
            (variance[i] / expected[i]).Should().BeApproximately(1, 1e-6);
        variance[5].Should().BeApproximately(expected[5], 1e-40);
    }

    [Fact]
    public void Samples_are_one_hot_rows_with_the_right_shares()
    {
        using var seed = SeedScope.Begin(2);
        var logits = torch.tensor(new double[] { 0, Math.Log(2), Math.Log(5) }).expand(20_000, 3);
        var sample = new ClassDistribution(logits).Sample();
        sample.sum(-1).eq(1).all().ToBoolean().Should().BeTrue();
        var shares = sample.mean([0L]).Values();
        foreach (var (share, expected) in shares.Zip([1 / 8.0, 0.25, 5 / 8.0]))
            share.Should().BeApproximately(expected, 4 * Math.Sqrt(expected * (1 - expected) / 20_000));
    }
}
