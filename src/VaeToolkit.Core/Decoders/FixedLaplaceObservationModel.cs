using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class FixedLaplaceObservationModel : ObservationModel, IDescribedPart
{
    private readonly double _scale;

    internal FixedLaplaceObservationModel(double scale, IReadOnlyList<long> itemShape)
        : base("Laplace", itemShape)
    {
        if (!(scale > 0 && double.IsFinite(scale)))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "the scale must be a positive number");
        _scale = scale;
    }

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new LaplaceLikelihood(input, _scale, ItemShape.Count);

    PartDescription IDescribedPart.Describe() => new PartDescription("laplace").With("scale", _scale).With("item_shape", ItemShape);
}
