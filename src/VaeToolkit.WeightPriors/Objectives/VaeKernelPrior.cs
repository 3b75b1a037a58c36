using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The implicit prior of a kernel VAE, p(w) = ∫ p(w|z) p(z) dz (Atanov et al. 2019, section 3). Its encoder serves as the reverse model
/// r(z|w): −log p(w) ≤ KL(r(z|w) ‖ p(z)) − E_r[log p(w|z)], with a gap of KL(r(z|w) ‖ p(z|w)). Parameters of the VAE are frozen,
/// not the graph: gradients flow through w into the encoder and the decoder.
/// </summary>
public sealed class VaeKernelPrior : KernelPrior
{
    private readonly Vae _vae;
    private readonly double _scale;
    private readonly bool _adaptReverse;

    /// <summary>A trained kernel VAE as a prior.</summary>
    /// <param name="kernels">The kernel VAE; not disposed, and frozen from now on.</param>
    /// <param name="adaptReverse">
    /// Whether the encoder is trained along with the network, which tightens the bound for kernels unlike the source's. It changes the VAE:
    /// give each run a <see cref="KernelVae.Copy"/>. Default false.
    /// </param>
    public VaeKernelPrior(KernelVae kernels, bool adaptReverse = false)
        : this((kernels ?? throw new ArgumentNullException(nameof(kernels))).Vae, kernels.Scale, adaptReverse)
    {
    }

    /// <summary>Any VAE over standardised kernels u = w/s as a prior.</summary>
    /// <param name="vae">The VAE over items of D values; not disposed, and frozen from now on.</param>
    /// <param name="scale">s, above 0.</param>
    /// <param name="adaptReverse">Whether its encoder is trained along with the network; default false.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is not a positive number.</exception>
    public VaeKernelPrior(Vae vae, double scale, bool adaptReverse = false)
    {
        ArgumentNullException.ThrowIfNull(vae);
        if (!(scale > 0 && double.IsFinite(scale)))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "the scale must be a finite number above 0");
        (_vae, _scale, _adaptReverse) = (vae, scale, adaptReverse);
        foreach (var parameter in vae.parameters())
            parameter.requires_grad_(false);
        foreach (var parameter in OwnParameters)
            parameter.requires_grad_();
    }

    /// <inheritdoc/>
    public override long KernelSize => Shape.Size(_vae.ItemShape);

    /// <summary>The encoder's parameters where the reverse model is adapted, else none.</summary>
    public override IEnumerable<Parameter> OwnParameters => _adaptReverse ? _vae.Encoder.parameters() : [];

    /// <summary>The VAE.</summary>
    public override IReadOnlyList<torch.nn.Module> Networks => [_vae];

    /// <inheritdoc/>
    public override torch.Tensor SampleMeans(long count)
    {
        using var scope = torch.NewDisposeScope();
        return (_vae.Sample(count).flatten(1) * _scale).MoveToOuterDisposeScope();
    }

    /// <summary>The kernels' size, the scale, and whether the encoder is trained along.</summary>
    public override string ToString() => FormattableString.Invariant($"VAE of kernels of {KernelSize} values, scale {_scale:G4}")
        + (_adaptReverse ? ", encoder trained along" : "");

    /// <inheritdoc/>
    protected override torch.Tensor ComputeCrossEntropy(torch.Tensor mean, torch.Tensor logVariance, KernelBoundOptions options)
    {
        var noise = NoiseSource.Normal([options.Samples, mean.shape[0], KernelSize], mean, itemAxis: null);
        return CrossEntropyWith(mean, logVariance, noise, options);
    }

    /// <summary>The same with given noise of w, <c>[S, n, D]</c>.</summary>
    internal torch.Tensor CrossEntropyWith(torch.Tensor mean, torch.Tensor logVariance, torch.Tensor noise, KernelBoundOptions options)
    {
        var samples = noise.shape[0];
        var drawn = ((mean + (logVariance * 0.5).exp() * noise) / _scale).flatten(0, 1);
        var seen = options.ReverseInput == ReverseInput.Sample ? drawn : (mean / _scale).repeat(samples, 1);
        var bound = options.ImportanceSamples is { } k
            ? ImportanceWeighted(drawn, _vae.EncodeOfChecked(seen), k)
            : EvidenceBound(drawn, seen, (logVariance.exp() / (_scale * _scale)).repeat(samples, 1), options.ReverseInput);
        return bound.reshape(samples, mean.shape[0]).mean([0L]) + KernelSize * Math.Log(_scale);
    }

    private torch.Tensor ImportanceWeighted(torch.Tensor u, Posterior reverse, int samples)
        => Math.Log(samples) - ImportanceWeights.Draw(_vae, reverse, u, samples).Log().logsumexp(0);

    private torch.Tensor EvidenceBound(torch.Tensor drawn, torch.Tensor seen, torch.Tensor variance, ReverseInput input)
    {
        var (divergence, z) = Reverse(_vae.EncodeOfChecked(seen));
        var likelihood = _vae.DecodeOfChecked(z);
        // −E_q log N(w; m, s²) is −log N(μ; m, s²) + ½ Σ σ²/s² where r has not looked at w.
        var distance = input == ReverseInput.Mean && likelihood is GaussianLikelihood
            ? (variance / likelihood.Variance.flatten(1)).sum(-1) * 0.5 - likelihood.LogProbOfChecked(seen)
            : -likelihood.LogProbOfChecked(drawn);
        return divergence + distance;
    }

    /// <summary>KL(r ‖ p) of each row, in closed form where there is one, and one z of each row.</summary>
    private (torch.Tensor Divergence, torch.Tensor Z) Reverse(Posterior reverse)
    {
        if (_vae.Prior.AnalyticKl(reverse) is { } closed)
            return (closed, reverse.RSample().squeeze(0));
        var (z, logReverse) = reverse.RSampleAndLogProb();
        return ((logReverse - _vae.Prior.LogProbExplained(z)).squeeze(0), z.squeeze(0));
    }
}
