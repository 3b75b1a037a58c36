using TorchSharp;
using VaeToolkit.Distributions;

namespace VaeToolkit.Decoders;

internal sealed class FixedLaplacePixelLikelihood : PixelLikelihood
{
    private readonly double _scale;

    internal FixedLaplacePixelLikelihood(double scale, IReadOnlyList<long> itemShape)
        : base("Laplace", itemShape)
    {
        if (!(scale > 0 && double.IsFinite(scale)))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "the scale must be a positive number");
        _scale = scale;
    }

    public override long ParametersPerValue => 1;

    public override Likelihood forward(torch.Tensor input) => new LaplacePixels(input, _scale, ItemShape.Count);
}
