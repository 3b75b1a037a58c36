namespace VaeToolkit.Samples;

/// <summary>What one VAE came to on held-out images.</summary>
/// <param name="Gap">2MEGA-F to their second moment, unbiased divisor.</param>
/// <param name="GapError">The standard error of its draws.</param>
/// <param name="FirstGap">1MEGA to their mean.</param>
/// <param name="Elbo">Their mean evidence lower bound (β = 1), nats.</param>
/// <param name="Seconds">Seconds of training.</param>
internal sealed record VaeOutcome(double Gap, double GapError, double FirstGap, double Elbo, double Seconds)
{
    public override string ToString()
        => FormattableString.Invariant($"2MEGA-F {Gap:F3} (draws ± {GapError:F3}), ELBO {Elbo:F1} nats, {Seconds:F0} s");
}
