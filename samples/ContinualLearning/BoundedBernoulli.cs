using TorchSharp;
using VaeToolkit.Decoders;
using VaeToolkit.Distributions;

namespace VaeToolkit.Samples;

/// <summary>
/// Bernoulli pixels whose means stay in [10⁻⁵, 1 − 10⁻⁵], as in the published runs:
/// it bounds what one pixel of a forgotten digit costs, so figures compare.
/// </summary>
internal sealed class BoundedBernoulli(IReadOnlyList<long> itemShape) : PixelLikelihood("BoundedBernoulli", itemShape)
{
    private static readonly double s_largestLogit = Math.Log((1 - 1e-5) / 1e-5);

    public override long ParametersPerValue => 1;

    // Clamps like clamp; its backward pass is one operator where clamp's is four.
    public override Likelihood forward(torch.Tensor input)
        => new BernoulliPixels(torch.nn.functional.hardtanh(input, -s_largestLogit, s_largestLogit), ItemShape.Count);
}
