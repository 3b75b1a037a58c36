using TorchSharp;

namespace VaeToolkit.Archetypes.Tests.Models;

/// <summary>Models of items of four values and three archetypes.</summary>
internal static class SmallModels
{
    public static DeepArchetypes Plain(int archetypes = 3, Prior? prior = null) => new(
        ArchetypeEncoder.Mlp(4, archetypes, [6]), new MlpDecoder(archetypes - 1, [6], ObservationModel.Gaussian(0.5, 4)),
        prior ?? new StandardNormalPrior(archetypes - 1));

    public static DeepArchetypes WithSide() => new(
        ArchetypeEncoder.Mlp(4, 3, [6]), new MlpDecoder(2, [6], ObservationModel.Gaussian(0.5, 4)), new DirichletPrior(3),
        new MlpDecoder(2, [5], ObservationModel.Gaussian(1, 2)));

    public static torch.Tensor Items(long count, long width = 4)
        => (torch.arange(count * width, dtype: torch.float32) * 0.618).sin().reshape(count, width);
}
