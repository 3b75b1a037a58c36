using TorchSharp;

namespace VaeToolkit.Samples;

/// <summary>
/// Bernoulli pixels whose means stay in [10⁻⁵, 1 − 10⁻⁵], as in the published runs: it bounds what one pixel of a forgotten digit
/// costs, so figures compare.
/// </summary>
internal sealed class BoundedBernoulli(IReadOnlyList<long> itemShape) : ObservationModel("BoundedBernoulli", itemShape)
{
    private static readonly double s_largestLogit = Math.Log((1 - 1e-5) / 1e-5);

    public override long ParametersPerValue => 1;

    // Not by hardtanh, whose backward pass is shorter: TorchSharp 0.107.0's bounds nothing and leaks
    // (tests/TorchSharp.Tests/UpstreamFaultTests.cs).
    public override Likelihood forward(torch.Tensor input)
        => new BernoulliLikelihood(input.clamp(-s_largestLogit, s_largestLogit), ItemShape.Count);
}
