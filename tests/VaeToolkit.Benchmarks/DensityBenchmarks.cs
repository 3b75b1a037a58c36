using BenchmarkDotNet.Attributes;
using TorchSharp;

namespace VaeToolkit.Benchmarks;

/// <summary>The log-densities of a step: 100 images of 784 pixels with 5 samples each, 40 latent features, and mixtures of them.</summary>
public class DensityBenchmarks
{
    private const long Items = 100, Samples = 5, Pixels = 784, Latents = 40;

    private MixtureOfGaussiansPrior _mixture = null!;
    private torch.Tensor _logits = null!, _images = null!, _mean = null!, _logVariance = null!, _z = null!;

    /// <summary>Components of the mixture.</summary>
    [Params(50, 500)]
    public int Components { get; set; }

    /// <summary>Draws the tensors.</summary>
    [GlobalSetup]
    public void Build()
    {
        _mixture = new MixtureOfGaussiansPrior(Latents, Components);
        _logits = torch.randn([Samples, Items, Pixels]).DetachFromDisposeScope();
        _images = torch.rand([Items, Pixels]).round().DetachFromDisposeScope();
        _mean = torch.randn([Items, Latents]).DetachFromDisposeScope();
        _logVariance = torch.randn([Items, Latents]).DetachFromDisposeScope();
        _z = torch.randn([Samples, Items, Latents]).DetachFromDisposeScope();
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Free() => Array.ForEach<IDisposable>([_mixture, _logits, _images, _mean, _logVariance, _z], one => one.Dispose());

    /// <summary>log p(x|z) of Bernoulli pixels, in one pass over memory.</summary>
    [Benchmark]
    public double Bernoulli() => Sum(() => new BernoulliLikelihood(_logits).LogProb(_images));

    /// <summary>The same by torch's operators.</summary>
    [Benchmark]
    public double BernoulliByOperators() => Sum(() => (_images * _logits - _logits.softplus()).sum(-1));

    /// <summary>log q(z|x) of a diagonal normal.</summary>
    [Benchmark]
    public double DiagonalNormal() => Sum(() => new DiagonalNormal(_mean, _logVariance).LogProb(_z));

    /// <summary>KL(q ‖ N(0, I)) in closed form.</summary>
    [Benchmark]
    public double Divergence() => Sum(() => new DiagonalNormal(_mean, _logVariance).KlToStandardNormal());

    /// <summary>log p(z) of a mixture of Gaussians.</summary>
    [Benchmark]
    public double Mixture() => Sum(() => _mixture.LogProb(_z));

    private static double Sum(Func<torch.Tensor> density)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        return density().sum().ToDouble();
    }
}
