using TorchSharp;
using VaeToolkit.Distributions;

namespace VaeToolkit.Decoders;

internal sealed class LearnedLaplacePixelLikelihood(IReadOnlyList<long> itemShape) : PixelLikelihood("LearnedLaplace", itemShape)
{
    private const double LeastLogScale = -6;
    private const double MostLogScale = 2;

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = input.chunk(2, dim: -ItemShape.Count);
        return new LaplacePixels(parts[0], parts[1].clamp(LeastLogScale, MostLogScale), ItemShape.Count);
    }
}
