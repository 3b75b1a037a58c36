using TorchSharp;
using VaeToolkit.Distributions;

namespace VaeToolkit.Decoders;

internal sealed class BernoulliPixelLikelihood(IReadOnlyList<long> itemShape) : PixelLikelihood("Bernoulli", itemShape)
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new BernoulliPixels(input, ItemShape.Count);
}
