using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Extensibility.Tests;

/// <summary>Model folders with parts of somebody else, by the public API alone.</summary>
public sealed class ModelFolderTests
{
    [Fact]
    public void A_part_of_somebody_else_comes_back_by_its_registered_factory()
    {
        ModelFoldersPage.Register();
        var folder = Directory.CreateTempSubdirectory("vaetoolkit-").FullName;
        try
        {
            using var scope = torch.NewDisposeScope();
            using var vae = new Vae(
                new ModelFoldersPage.ScaledEncoder(4, 2, 0.5),
                new MlpDecoder(2, [3], ObservationModel.Bernoulli(4)),
                new StandardNormalPrior(2));
            vae.Save(folder);
            using var loaded = Vae.Load(folder);
            var items = torch.rand(3, 4);
            loaded.Reconstruct(items).equal(vae.Reconstruct(items)).all().ToBoolean().Should().BeTrue();
            PartDescription.Of(loaded).Fingerprint.Should().Be(PartDescription.Of(vae).Fingerprint);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
