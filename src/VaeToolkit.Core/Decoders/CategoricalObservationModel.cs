using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class CategoricalObservationModel(IReadOnlyList<long> itemShape)
    : ObservationModel("Categorical", itemShape), IDescribedPart
{
    public override long ParametersPerValue => GreyLevels.Count;

    // The levels come before the item: the raw output's first axis is 256 times as long as the item's. TorchSharp's unflatten refuses to
    // count axes from the end.
    public override Likelihood forward(torch.Tensor input)
        => new CategoricalLikelihood(input.unflatten(input.Dimensions - ItemShape.Count, GreyLevels.Count, ItemShape[0]), ItemShape.Count);

    PartDescription IDescribedPart.Describe() => new PartDescription("categorical").With("item_shape", ItemShape);
}
