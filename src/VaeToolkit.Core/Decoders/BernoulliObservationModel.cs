using TorchSharp;

namespace VaeToolkit;

internal sealed class BernoulliObservationModel(IReadOnlyList<long> itemShape) : ObservationModel("Bernoulli", itemShape)
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new BernoulliLikelihood(input, ItemShape.Count);
}
