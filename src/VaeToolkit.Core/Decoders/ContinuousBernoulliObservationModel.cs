using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class ContinuousBernoulliObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("ContinuousBernoulli", itemShape), IDescribedPart
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new ContinuousBernoulliLikelihood(input, ItemShape.Count);

    PartDescription IDescribedPart.Describe() => new PartDescription("continuous-bernoulli").With("item_shape", ItemShape);
}
