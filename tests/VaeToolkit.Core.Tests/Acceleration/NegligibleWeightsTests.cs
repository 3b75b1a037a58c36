using TorchSharp;

namespace VaeToolkit.Tests.Acceleration;

public sealed class NegligibleWeightsTests
{
    private static readonly float[] s_logWeights = [-3, -20, -60, -95, -500, 0.5f];

    [Fact]
    public void A_bounds_gradient_has_no_subnormal_numbers_and_is_the_softmax_all_the_same()
    {
        using var scope = torch.NewDisposeScope();
        var logWeights = torch.tensor(s_logWeights).unsqueeze(1).requires_grad_(true);
        var bound = new ImportanceBound(Samples: 6, Groups: 1, Order: 0, ElboShare: 0).Value(logWeights);
        bound.sum().backward();
        var gradient = logWeights.grad!.data<float>().ToArray();
        var exact = s_logWeights.Select(w => Math.Exp(w - 0.5)).ToArray();
        gradient.Should().OnlyContain(g => g == 0 || float.IsNormal(g));
        gradient.Zip(exact, (g, e) => Math.Abs(g - e / exact.Sum())).Max().Should().BeLessThan(1e-7);
        bound.ToDouble().Should().BeApproximately(Math.Log(exact.Sum() / 6) + 0.5, 1e-6);
    }

    [Fact]
    public void Weights_of_samples_are_zero_only_where_float32_would_round_them_away()
    {
        using var scope = torch.NewDisposeScope();
        var weights = new ImportanceBound(Samples: 6, Groups: 1, Order: 0, ElboShare: 0)
            .SampleWeights(torch.tensor(s_logWeights).unsqueeze(1));
        weights.data<float>().ToArray().Select(w => w > 0).Should().Equal(true, true, false, false, false, true);
        weights.sum().ToDouble().Should().BeApproximately(1, 1e-6);
    }

    [Fact]
    public void Groups_are_looked_at_one_by_one_and_a_weight_that_is_not_a_number_is_not_hidden()
    {
        using var scope = torch.NewDisposeScope();
        var bound = new ImportanceBound(Samples: 2, Groups: 2, Order: 0, ElboShare: 0);
        var apart = bound.Value(torch.tensor([0f, 0f, -100f, -100f]).unsqueeze(1));
        apart.ToDouble().Should().BeApproximately(-50, 1e-5);
        double.IsNaN(bound.Value(torch.tensor([0f, float.NaN, 0f, 0f]).unsqueeze(1)).ToDouble()).Should().BeTrue();
    }

    [Fact]
    public void Double_precision_is_left_alone()
    {
        using var scope = torch.NewDisposeScope();
        var logWeights = torch.tensor([0.0, -60.0]);
        FastPaths.WithoutNegligible(logWeights, 0).data<double>().ToArray().Should().Equal(0, -60);
    }
}
