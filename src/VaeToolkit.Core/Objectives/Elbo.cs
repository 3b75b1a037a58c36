using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Models;

namespace VaeToolkit.Objectives;

/// <summary>
/// The evidence lower bound with a weight on its KL divergence: minimises −E_q[log p(x|z)] + β KL(q(z|x) ‖ p(z)), averaged over the
/// batch, in nats (Kingma &amp; Welling 2014, eq. 3; Higgins et al. 2017, eq. 4 for β).
/// </summary>
/// <remarks>
/// Terms, in nats per item: <c>reconstruction</c> is −E_q[log p(x|z)], <c>kl</c> the divergence before its weight and in closed form,
/// <c>kl_sampled</c> in its place where it was sampled, and <c>beta</c> the weight. Validation uses the final β.
/// </remarks>
public sealed class Elbo : Objective<Vae>
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">β is below 0 or not finite, or the number of samples below 1.</exception>
    public Elbo(ElboOptions? options = null)
    {
        Options = options ?? new();
        if (!(Options.Beta >= 0 && double.IsFinite(Options.Beta)))
            throw new ArgumentOutOfRangeException(nameof(options), Options.Beta, "Beta must be a number of at least 0");
        Shape.RequirePositive(Options.Samples, "Samples", nameof(options));
    }

    /// <summary>The options.</summary>
    public ElboOptions Options { get; }

    /// <summary>The weight of the KL divergence in the step that comes next.</summary>
    public double CurrentBeta => Options.Beta * (Options.WarmUp?.Factor(StepsTaken, EpochsFinished) ?? 1);

    /// <inheritdoc/>
    public override ObjectiveResult Compute(Vae model, Batch batch) => Compute(model, batch, CurrentBeta);

    /// <inheritdoc/>
    public override ObjectiveResult ComputeForValidation(Vae model, Batch batch) => Compute(model, batch, Options.Beta);

    /// <summary>The objective and its options.</summary>
    public override string ToString()
        => FormattableString.Invariant($"Elbo: beta {Options.Beta}{(Options.WarmUp is { } w ? $" warmed up {w}" : "")}, {Options.Samples} sample(s), KL {Options.Kl}");

    private ObjectiveResult Compute(Vae model, Batch batch, double beta)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var posterior = model.Encode(batch.Items);
        var closedForm = Options.Kl == KlEstimator.ClosedForm ? model.Prior.AnalyticKl(posterior) : null;
        torch.Tensor z, kl;
        if (closedForm is not null)
        {
            (z, kl) = (posterior.RSample(Options.Samples), closedForm.mean());
        }
        else
        {
            (z, var logPosterior) = posterior.RSampleAndLogProb(Options.Samples);
            kl = (logPosterior - model.Prior.LogProb(z)).mean();
        }
        var reconstruction = -model.Decode(z).LogProb(batch.Items).mean();
        return new ObjectiveResult(
            beta == 1 ? reconstruction + kl : reconstruction + kl * beta,
            new ObjectiveTerm("reconstruction", reconstruction),
            new ObjectiveTerm(closedForm is null ? "kl_sampled" : "kl", kl),
            new ObjectiveTerm("beta", beta));
    }
}
