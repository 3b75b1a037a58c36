using TorchSharp;

namespace VaeToolkit;

internal sealed class ContinuousBernoulliObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("ContinuousBernoulli", itemShape)
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new ContinuousBernoulliLikelihood(input, ItemShape.Count);
}
