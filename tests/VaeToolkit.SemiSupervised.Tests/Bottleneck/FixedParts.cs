using TorchSharp;

namespace VaeToolkit.SemiSupervised.Tests.Bottleneck;

/// <summary>z = scale · (x̃ + noise of a given variance).</summary>
internal sealed class NoisyCopy(double noiseVariance, double scale = 1) : Encoder(nameof(NoisyCopy))
{
    public override long LatentSize => 1;

    public override Posterior forward(torch.Tensor input)
        => new DiagonalNormal(input * scale, torch.full_like(input, Math.Log(noiseVariance * scale * scale)));
}

/// <summary>p(x|z) = N(slope · z, variance).</summary>
internal sealed class Slope(double slope, double variance) : Decoder(nameof(Slope))
{
    public override long LatentSize => 1;

    public override IReadOnlyList<long> ItemShape => [1];

    public override Likelihood forward(torch.Tensor input) => new GaussianLikelihood(input * slope, variance);
}
