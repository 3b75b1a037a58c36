using TorchSharp;
using VaeToolkit.Distributions;

namespace VaeToolkit.Decoders;

internal sealed class ContinuousBernoulliPixelLikelihood(IReadOnlyList<long> itemShape) : PixelLikelihood("ContinuousBernoulli", itemShape)
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new ContinuousBernoulliPixels(input, ItemShape.Count);
}
