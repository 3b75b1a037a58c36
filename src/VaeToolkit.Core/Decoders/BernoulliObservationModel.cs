using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class BernoulliObservationModel(IReadOnlyList<long> itemShape) : ObservationModel("Bernoulli", itemShape), IDescribedPart
{
    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new BernoulliLikelihood(input, ItemShape.Count);

    PartDescription IDescribedPart.Describe() => new PartDescription("bernoulli").With("item_shape", ItemShape);
}
