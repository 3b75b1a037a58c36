using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Extensibility.Tests;

/// <summary>Model folders with parts of somebody else, by the public API alone.</summary>
public sealed class ModelFolderTests
{
    [Fact]
    public void A_part_of_somebody_else_comes_back_by_its_registered_factory()
    {
        ModelParts.Register("scaled-encoder", options => new ScaledEncoder(
            options.WholeNumber("inputs"), options.WholeNumber("latents"), options.Number("scale")));
        var folder = Directory.CreateTempSubdirectory("vaetoolkit-").FullName;
        try
        {
            using var scope = torch.NewDisposeScope();
            using var vae = new Vae(
                new ScaledEncoder(4, 2, 0.5), new MlpDecoder(2, [3], ObservationModel.Bernoulli(4)), new StandardNormalPrior(2));
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

    private sealed class ScaledEncoder : Encoder, IDescribedPart
    {
        private readonly double _scale;
        private readonly Linear _layer;

        public ScaledEncoder(long inputs, long latents, double scale)
            : base(nameof(ScaledEncoder))
        {
            (LatentSize, _scale) = (latents, scale);
            _layer = Linear(inputs, 2 * latents);
            register_module("layer", _layer);
        }

        public override long LatentSize { get; }

        public PartDescription Describe() => new PartDescription("scaled-encoder")
            .With("inputs", _layer.weight!.shape[1]).With("latents", LatentSize).With("scale", _scale);

        public override Posterior forward(torch.Tensor input)
        {
            var parts = (_layer.forward(input.flatten(1)) * _scale).chunk(2, dim: -1);
            return new DiagonalNormal(mean: parts[0], logVariance: parts[1]);
        }
    }
}
