using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// The diagonal normal posterior q(z|x) = N(z; μ(x), diag σ²(x)), given by its mean and its log-variance (Kingma &amp; Welling 2014, eq.
/// 9).
/// </summary>
public sealed class DiagonalNormal : Posterior
{
    // What the logarithm of 1 / σ may be at most, so that a gradient is a number.
    private const double MostInSingle = 80;
    private const double MostInDouble = 700;

    private static readonly double s_logTwoPi = Math.Log(2 * Math.PI);

    /// <summary>Makes the distribution of a batch.</summary>
    /// <param name="mean">μ, <c>[N, Z]</c>.</param>
    /// <param name="logVariance">log σ², <c>[N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The two are not of one shape <c>[N, Z]</c>.</exception>
    public DiagonalNormal(torch.Tensor mean, torch.Tensor logVariance)
    {
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(logVariance);
        if (mean.Dimensions != 2 || !mean.shape.SequenceEqual(logVariance.shape))
        {
            throw new ArgumentException(
                $"mean has shape {Shape.Text(mean)}, logVariance {Shape.Text(logVariance)}; both must be [N, Z]", nameof(logVariance));
        }
        (Mean, LogVariance) = (mean, logVariance);
        (BatchSize, LatentSize) = (mean.shape[0], mean.shape[1]);
    }

    /// <inheritdoc/>
    public override long BatchSize { get; }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override torch.Tensor Mean { get; }

    /// <summary>log σ², <c>[N, Z]</c>.</summary>
    public torch.Tensor LogVariance { get; }

    /// <inheritdoc/>
    public override torch.Tensor Variance => LogVariance.exp();

    private torch.Tensor StandardDeviation => (LogVariance * 0.5).exp();

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        z = Latents(z);
        // log N(z; μ, σ²) = -½ Σ ((z - μ)² / σ² + log σ² + log 2π)
        return Density(InverseScale.OfSquare(z - Mean, LogVariance) + LogVariance);
    }

    /// <inheritdoc/>
    public override torch.Tensor RSample(int samples = 1) => Mean + StandardDeviation * Noise(samples);

    /// <inheritdoc/>
    public override (torch.Tensor Sample, torch.Tensor LogProb) RSampleAndLogProb(int samples = 1)
    {
        var (z, logProb, _) = RSampleWithNoise(samples);
        return (z, logProb);
    }

    /// <summary>The samples z = μ + σε of noise that was drawn already, such as noise that several posteriors share.</summary>
    /// <param name="noise">ε, standard normal, <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <returns>In the shape of <paramref name="noise"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="noise"/> does not have that shape.</exception>
    public torch.Tensor SampleOf(torch.Tensor noise) => Mean + StandardDeviation * Latents(noise, nameof(noise));

    /// <summary>
    /// log q(z|x) of these samples in nats, from the noise itself: of it z − μ has no digit left where σ is little beside μ.
    /// </summary>
    /// <param name="noise">As for <see cref="SampleOf"/>.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException"><paramref name="noise"/> does not have that shape.</exception>
    public torch.Tensor LogProbOf(torch.Tensor noise) => Density(Latents(noise, nameof(noise)).square() + LogVariance);

    /// <inheritdoc/>
    public override torch.Tensor Entropy()
        => (ItemSum.InDouble(LogVariance) * 0.5 + (LogNormaliser + 0.5 * LatentSize)).to(LogVariance.dtype);

    /// <summary>
    /// KL(q ‖ N(0, I)) = ½ Σ (σ² + μ² − 1 − log σ²) in nats, <c>[N]</c> (Kingma &amp; Welling 2014, appendix B).
    /// </summary>
    public torch.Tensor KlToStandardNormal() => TwiceKlToStandardNormal().sum(-1).mul_(0.5).to(LogVariance.dtype);

    /// <summary>The same divergence by latent feature, ½ (σ² + μ² − 1 − log σ²), <c>[N, Z]</c>.</summary>
    public torch.Tensor KlToStandardNormalByLatent() => TwiceKlToStandardNormal().mul_(0.5).to(LogVariance.dtype);

    /// <summary>KL(q ‖ p) = ½ Σ (log σ_p² − log σ_q² + (σ_q² + (μ_q − μ_p)²) / σ_p² − 1) in nats,
    /// <c>[N]</c>.</summary>
    /// <param name="other">p, of the same Z, and of the same N or N = 1.</param>
    /// <exception cref="ArgumentException">The shapes disagree.</exception>
    public torch.Tensor KlTo(DiagonalNormal other) => ItemSum.Of(KlToByLatent(other));

    /// <summary>The same divergence by latent feature, <c>[N, Z]</c>.</summary>
    /// <param name="other">p, of the same Z, and of the same N or N = 1.</param>
    /// <exception cref="ArgumentException">The shapes disagree.</exception>
    public torch.Tensor KlToByLatent(DiagonalNormal other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.LatentSize != LatentSize || (other.BatchSize != BatchSize && other.BatchSize != 1))
        {
            throw new ArgumentException(
                $"the posterior has shape {Shape.Text(Mean)}, the other {Shape.Text(other.Mean)}; they must agree, or the "
                + "other have one row", nameof(other));
        }
        var distance = InverseScale.OfSquare(Mean - other.Mean, other.LogVariance);
        var excess = ExcessOfExp(LogVariance - other.LogVariance);
        return ((excess + distance) * 0.5).to(LogVariance.dtype);
    }

    /// <inheritdoc/>
    public override torch.Tensor Reparameterise(torch.Tensor z)
    {
        z = Latents(z);
        // With z = μ + σε it is σε = (z − μ) σ / (σ as it is now), whose ratio is 1 with the gradient ½ in log σ²: nothing is
        // divided by a σ that is 0 in its type.
        var ratio = ((LogVariance - LogVariance.detach()) * 0.5).exp();
        return Mean + (z - Mean).detach() * ratio;
    }

    /// <inheritdoc/>
    public override Posterior Detach() => new DiagonalNormal(Mean.detach(), LogVariance.detach());

    internal override (torch.Tensor Sample, torch.Tensor LogProb, torch.Tensor? Noise) RSampleWithNoise(int samples)
    {
        // With z = μ + σε the density needs no division: (z - μ)² / σ² = ε².
        var noise = Noise(samples);
        return (Mean + StandardDeviation * noise, Density(noise.square() + LogVariance), noise);
    }

    internal override (torch.Tensor Sample, torch.Tensor PathLogProb) RSampleAndPathLogProb(int samples)
    {
        var noise = Noise(samples);
        return (Mean + StandardDeviation * noise, PathDensity(noise, null));
    }

    internal override (torch.Tensor Sample, torch.Tensor LogProb) Again(
        torch.Tensor z, torch.Tensor? noise, bool isCut, torch.Tensor? pathScale)
    {
        if (noise is null)
            return base.Again(z, noise, isCut, pathScale);
        var path = Mean + StandardDeviation * noise;
        var change = path - path.detach();
        return (z + (pathScale is null ? change : change * pathScale),
            isCut ? PathDensity(noise, pathScale) : Density(noise.square() + LogVariance));
    }

    // log N(z; μ₀, σ₀²) at z = μ + σε with σ₀ and μ₀ what σ and μ are now: ((z − μ₀) / σ₀)² is
    // ((μ − μ₀) / σ₀ + (σ / σ₀) ε)², whose gradients alone depend on σ₀. Reckoned from z, a σ₀ that is little
    // beside μ would leave no digit of ε.
    private torch.Tensor PathDensity(torch.Tensor noise, torch.Tensor? pathScale)
    {
        var fixedLogVariance = LogVariance.detach();
        var ratio = ((LogVariance - fixedLogVariance) * 0.5).exp();
        var most = fixedLogVariance.dtype == torch.float64 ? MostInDouble : MostInSingle;
        var precision = (fixedLogVariance * -0.5).clamp_max(most).exp();
        var standardised = (Mean - Mean.detach()) * precision + ratio * noise;
        if (pathScale is not null)
            standardised = noise + (standardised - noise) * pathScale;
        return Density(standardised.square() + fixedLogVariance);
    }

    // In float64, and a tensor of its own.
    private torch.Tensor TwiceKlToStandardNormal() => ExcessOfExp(LogVariance) + Mean.square();

    // eᵈ − 1 − d, which near d = 0 is d² / 2: too little to be seen beside d in float32.
    private static torch.Tensor ExcessOfExp(torch.Tensor difference)
    {
        var wide = difference.to(ItemSum.WideType(difference));
        return wide.expm1() - wide;
    }

    private double LogNormaliser => 0.5 * LatentSize * s_logTwoPi;

    // −½ Σ t − ½ Z log 2π.
    private torch.Tensor Density(torch.Tensor terms) => (ItemSum.InDouble(terms) * -0.5 - LogNormaliser).to(terms.dtype);

    private torch.Tensor Noise(int samples)
    {
        Shape.RequirePositive(samples, "the number of importance samples K", nameof(samples));
        return NoiseSource.Normal([samples, BatchSize, LatentSize], Mean, itemAxis: 1);
    }

    // Of the posterior's type, where they are whole numbers.
    private torch.Tensor Latents(torch.Tensor z, string name = "z")
    {
        ArgumentNullException.ThrowIfNull(z, name);
        var fits = z.Dimensions is 2 or 3 && z.shape[^1] == LatentSize && z.shape[^2] == BatchSize;
        if (!fits)
            throw new ArgumentException(
                $"{name} has shape {Shape.Text(z)}; it must be [{BatchSize}, {LatentSize}] or [K, {BatchSize}, {LatentSize}]", name);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", name);
        Shape.RequireOnSameDevice(z, Mean, name, "the posterior's parameters are");
        return z.is_floating_point() ? z : z.to(Mean.dtype);
    }
}
