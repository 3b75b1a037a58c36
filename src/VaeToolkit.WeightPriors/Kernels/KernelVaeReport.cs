using System.Globalization;

namespace VaeToolkit.WeightPriors;

/// <summary>How well a kernel VAE describes kernels, in nats a kernel in the kernels' own unit.</summary>
public sealed record KernelVaeReport
{
    /// <summary>Kernels.</summary>
    public required long Kernels { get; init; }

    /// <summary>E log p(w|z) − KL, the evidence lower bound.</summary>
    public double Elbo => -Reconstruction - Kl;

    /// <summary>−E log p(w|z).</summary>
    public required double Reconstruction { get; init; }

    /// <summary>KL(q(z|w) ‖ p(z)).</summary>
    public required double Kl { get; init; }

    /// <summary>Latent features whose posterior mean varies over the kernels by more than 0.01.</summary>
    public required int ActiveUnits { get; init; }

    /// <summary>The mean log-density under a factorised Gaussian fitted to the training kernels.</summary>
    public required double GaussianLogLikelihood { get; init; }

    /// <summary>The standard error over kernels of <see cref="Gain"/>.</summary>
    public required double GainStandardError { get; init; }

    /// <summary>
    /// The bound above the factorised Gaussian. At 0 or below the prior knows nothing beyond each weight's own mean and spread.
    /// </summary>
    public double Gain => Elbo - GaussianLogLikelihood;

    /// <summary>What looks wrong: a gain that is not above 0.</summary>
    public IReadOnlyList<string> Warnings() => Gain > 0
        ? []
        : [string.Create(CultureInfo.InvariantCulture, $"the gain over a factorised Gaussian is {Gain:F2} nats a kernel: the "
            + $"prior has learned nothing that independent weights do not have")];

    /// <summary>The figures in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"ELBO {Elbo:F2} nats a kernel (reconstruction {Reconstruction:F2}, KL {Kl:F2}), "
            + $"{ActiveUnits} active units, gain {Gain:F2} ± {GainStandardError:F2}, {Kernels} kernels");
}
