using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class LearnedLaplaceObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("LearnedLaplace", itemShape), IDescribedPart
{
    private const double LeastLogScale = -6;
    private const double MostLogScale = 2;

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = input.chunk(2, dim: -ItemShape.Count);
        return new LaplaceLikelihood(parts[0], parts[1].clamp(LeastLogScale, MostLogScale), ItemShape.Count);
    }

    PartDescription IDescribedPart.Describe() => new PartDescription("learned-laplace").With("item_shape", ItemShape);
}
