using TorchSharp;

namespace VaeToolkit;

internal sealed class LearnedLaplaceObservationModel(IReadOnlyList<long> itemShape) : ObservationModel("LearnedLaplace", itemShape)
{
    private const double LeastLogScale = -6;
    private const double MostLogScale = 2;

    public override long ParametersPerValue => 2;

    public override Likelihood forward(torch.Tensor input)
    {
        var parts = input.chunk(2, dim: -ItemShape.Count);
        return new LaplaceLikelihood(parts[0], parts[1].clamp(LeastLogScale, MostLogScale), ItemShape.Count);
    }
}
