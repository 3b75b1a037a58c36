using TorchSharp;

namespace VaeToolkit.Tests.Evaluation;

/// <summary>A model whose items are their own posteriors: the first half of an item's values is μ, the second log σ².</summary>
internal static class GivenPosteriors
{
    public static Vae Model(long latentSize)
        => new(new ReadingEncoder(latentSize), new CopyingDecoder(latentSize), new StandardNormalPrior(latentSize));

    private sealed class ReadingEncoder(long latentSize) : Encoder(nameof(ReadingEncoder))
    {
        public override long LatentSize => latentSize;

        public override Posterior forward(torch.Tensor input)
        {
            var parts = input.chunk(2, dim: 1);
            return new DiagonalNormal(parts[0], parts[1]);
        }
    }

    private sealed class CopyingDecoder(long latentSize) : Decoder(nameof(CopyingDecoder))
    {
        public override long LatentSize => latentSize;

        public override IReadOnlyList<long> ItemShape => [2 * latentSize];

        public override Likelihood forward(torch.Tensor input) => new GaussianLikelihood(torch.cat([input, input * 0], -1), 0.25);
    }
}
