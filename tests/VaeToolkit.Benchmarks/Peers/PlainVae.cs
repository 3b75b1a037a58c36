using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VaeToolkit.Benchmarks.Peers;

/// <summary>The model of <c>pytorch_vae.py</c> written with TorchSharp alone, as a .NET user would.</summary>
internal sealed class PlainVae : Module
{
    private const int Latents = 40;
    private const int Width = 300;

    private readonly Sequential _encoder;
    private readonly Sequential _decoder;
    private readonly Parameter? _pseudoInputs;

    public PlainVae(bool convolutional, Tensor? pseudoInputs)
        : base(nameof(PlainVae))
    {
        _encoder = convolutional ? Convolutions() : Dense(784, 2 * Latents);
        _decoder = convolutional ? Transposed() : Dense(Latents, 784);
        register_module("encoder", _encoder);
        register_module("decoder", _decoder);
        if (pseudoInputs is null)
            return;
        _pseudoInputs = Parameter(pseudoInputs.clone());
        register_parameter("pseudo_inputs", _pseudoInputs);
    }

    /// <summary>What is maximised, for every image: the ELBO in closed form where it has one, or the bound of several samples.</summary>
    public Tensor Bound(Tensor x, int samples)
    {
        if (samples > 1 || _pseudoInputs is not null)
            return LogWeights(x, samples).logsumexp(0) - Math.Log(samples);
        var (mean, logVariance) = Posterior(x);
        var z = mean + (0.5 * logVariance).exp() * randn_like(mean);
        var divergence = 0.5 * (mean.square() + logVariance.exp() - 1 - logVariance).sum(-1);
        return LogLikelihood(x, z) - divergence;
    }

    /// <summary>log p(x|z) + log p(z) − log q(z|x) of importance samples, <c>[samples, N]</c>.</summary>
    public Tensor LogWeights(Tensor x, int samples)
    {
        var (mean, logVariance) = Posterior(x);
        var noise = randn(samples, mean.shape[0], mean.shape[1], device: mean.device);
        var z = mean + (0.5 * logVariance).exp() * noise;
        return LogLikelihood(x, z) + LogPrior(z) + 0.5 * (noise.square() + logVariance).sum(-1);
    }

    private (Tensor Mean, Tensor LogVariance) Posterior(Tensor x)
    {
        var parts = _encoder.forward(x).chunk(2, dim: -1);
        return (parts[0], parts[1].clamp(-6, 2));
    }

    private Tensor LogLikelihood(Tensor x, Tensor z)
    {
        var logits = _decoder.forward(z);
        return (x.flatten(1) * logits - functional.softplus(logits)).sum(-1);
    }

    private Tensor LogPrior(Tensor z)
    {
        if (_pseudoInputs is null)
            return -0.5 * z.square().sum(-1);
        var (mean, logVariance) = Posterior(_pseudoInputs.clamp(0, 1));
        var precision = (-logVariance).exp();
        var constant = (mean.square() * precision + logVariance).sum(-1);
        var components = z.matmul((mean * precision).t()) - 0.5 * (z.square().matmul(precision.t()) + constant);
        return components.logsumexp(-1) - Math.Log(mean.shape[0]);
    }

    private static Sequential Dense(long inputs, long outputs) => Sequential(
        Linear(inputs, Width), LeakyReLU(0.01), Linear(Width, Width), LeakyReLU(0.01), Linear(Width, outputs));

    private static Sequential Convolutions() => Sequential(
        Conv2d(1, 32, 4, stride: 2, padding: 1), LeakyReLU(0.01), Conv2d(32, 64, 4, stride: 2, padding: 1), LeakyReLU(0.01), Flatten(),
        Linear(64 * 8 * 8, 256), LeakyReLU(0.01), Linear(256, 2 * Latents));

    private static Sequential Transposed() => Sequential(
        Linear(Latents, 256), LeakyReLU(0.01), Linear(256, 64 * 8 * 8), LeakyReLU(0.01), Unflatten(1, [64, 8, 8]),
        ConvTranspose2d(64, 32, 4, stride: 2, padding: 1), LeakyReLU(0.01), ConvTranspose2d(32, 1, 4, stride: 2, padding: 1), Flatten());
}
