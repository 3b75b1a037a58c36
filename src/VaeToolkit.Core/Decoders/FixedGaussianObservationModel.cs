using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit;

internal sealed class FixedGaussianObservationModel : ObservationModel, IDescribedPart
{
    private readonly double _variance;

    internal FixedGaussianObservationModel(double variance, IReadOnlyList<long> itemShape)
        : base("Gaussian", itemShape)
    {
        if (!(variance > 0 && double.IsFinite(variance)))
            throw new ArgumentOutOfRangeException(nameof(variance), variance, "the variance must be a positive number");
        _variance = variance;
    }

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new GaussianLikelihood(input, _variance, ItemShape.Count);

    PartDescription IDescribedPart.Describe() => new PartDescription("gaussian").With("variance", _variance).With("item_shape", ItemShape);
}
