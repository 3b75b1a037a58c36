using TorchSharp;
using VaeToolkit.Samples;

namespace VaeToolkit.Boosting.Tests.Samples;

/// <summary>The sample ContinualLearning's likelihood: its figures compare with published ones only if it bounds what it says.</summary>
public sealed class BoundedBernoulliTests
{
    [Fact]
    public void Means_stay_within_1e_minus_5_of_0_and_1_and_logits_beyond_get_no_gradient()
    {
        using var scope = torch.NewDisposeScope();
        var logits = torch.tensor([-50.0, -1, 0, 2, 50], requires_grad: true);
        var pixels = (BernoulliLikelihood)new BoundedBernoulli([5]).forward(logits.unsqueeze(0));
        pixels.Mean.Values().Zip([1e-5, 1 / (1 + Math.E), 0.5, 1 / (1 + Math.Exp(-2)), 1 - 1e-5])
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-12);

        var density = pixels.LogProb(torch.tensor([1.0, 1, 1, 0, 0]).unsqueeze(0));
        double[] terms = [Math.Log(1e-5), -Math.Log(1 + Math.E), -Math.Log(2), -Math.Log(1 + Math.Exp(2)), Math.Log(1e-5)];
        density.ToDouble().Should().BeApproximately(terms.Sum(), 1e-9);
        density.backward();
        logits.grad!.Values().Zip([0, 1 - 1 / (1 + Math.E), 0.5, -1 / (1 + Math.Exp(-2)), 0])
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-12);
    }
}
