using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The evidence lower bound with a weight on its KL divergence: minimises −E_q[log p(x|z)] + β KL(q(z|x) ‖ p(z)), averaged over the
/// batch, in nats (Kingma &amp; Welling 2014, eq. 3; Higgins et al. 2017, eq. 4 for β), with KL capacity and free bits by choice.
/// </summary>
/// <remarks>
/// Terms, in nats per item: <c>reconstruction</c> is −E_q[log p(x|z)], <c>kl</c> the divergence before its weight and in closed form,
/// <c>kl_sampled</c> in its place where it was sampled, <c>beta</c> its weight, or <c>capacity</c> its target.
/// Validation uses the final ones.
/// </remarks>
public sealed class Elbo : Objective<Vae>
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">Free bits are asked for of a sampled divergence.</exception>
    public Elbo(ElboOptions? options = null) => Options = (options ?? new()).Validated();

    /// <summary>The options.</summary>
    public ElboOptions Options { get; }

    /// <summary>The weight of the KL divergence in the step that comes next.</summary>
    public double CurrentBeta => Options.Beta.Kl * (Options.WarmUp?.Factor(StepsTaken, EpochsFinished) ?? 1);

    /// <summary>True, unless capacity or free bits look at the batch's mean divergence.</summary>
    public override bool IsMeanOverItems => Options.Capacity is null && Options.FreeNats == 0;

    /// <summary>True: capacity and free bits look at the mean divergence of all ranks.</summary>
    public override bool IsDivisible => true;

    /// <inheritdoc/>
    public override WarmUpPlan? WarmUpPlan
        => Options.Capacity is { } capacity ? capacity.Plan()
            : Options is { WarmUp: { } warmUp, Beta.Kl: > 0 } ? new("beta", Options.Beta.Kl, warmUp) : null;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    internal override long SamplesPerItem => Options.Samples;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">Free bits are asked for, and the prior has no closed form by latent feature.</exception>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return Compute(model, batch, model.EncodeOfChecked(batch.Items), model.DecodeOfChecked);
    }

    /// <inheritdoc/>
    public override ObjectiveResult ComputeForValidation(Vae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return Compute(model, batch, model.EncodeOfChecked(batch.Items), model.DecodeOfChecked, Options.Beta.Kl, Options.Capacity?.Maximum);
    }

    /// <summary>The same where encoder and decoder are passed with other rows beside the batch's.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The items.</param>
    /// <param name="posterior">q(z|x) of the batch's items.</param>
    /// <param name="decode">p(x|z).</param>
    public ObjectiveResult Compute(Vae model, Batch batch, Posterior posterior, Func<torch.Tensor, Likelihood> decode)
        => Compute(model, batch, posterior, decode, CurrentBeta, Options.Capacity?.At(StepsTaken));

    /// <summary>The objective and its options.</summary>
    public override string ToString()
        => FormattableString.Invariant(
            $"Elbo: {Options.Beta}{(Options.WarmUp is { } w ? $" warmed up {w}" : "")}, {Options.Samples} sample(s), KL {Options.Kl}");

    private ObjectiveResult Compute(
        Vae model, Batch batch, Posterior posterior, Func<torch.Tensor, Likelihood> decode, double beta, double? capacity)
    {
        using var look = TrainingStep.LookUnlessComputed();
        var (z, kl, name) = SamplesAndDivergence(model, posterior);
        var reconstruction = -decode(z).MeanLogProb(batch.Items);
        var penalty = capacity is { } target
            ? (WholeBatch.Mean(kl) - target).abs() * Options.Capacity!.Strength
            : Weighted(Options.FreeNats > 0 ? FloorOfFreeNats(model, posterior) : kl, beta);
        return new ObjectiveResult(
            Weighted(reconstruction, Options.Beta.Reconstruction) + penalty,
            new ObjectiveTerm("reconstruction", reconstruction),
            new ObjectiveTerm(name, kl),
            capacity is { } c ? new ObjectiveTerm("capacity", c) : new ObjectiveTerm("beta", beta));
    }

    private (torch.Tensor Z, torch.Tensor Kl, string Name) SamplesAndDivergence(Vae model, Posterior posterior)
    {
        var closedForm = Options.Kl == KlEstimator.ClosedForm ? model.Prior.AnalyticKlExplained(posterior) : null;
        if (closedForm is not null)
            return (posterior.RSample(Options.Samples), closedForm.mean(), "kl");
        var (z, logPosterior) = posterior.RSampleAndLogProb(Options.Samples);
        return (z, (logPosterior - model.Prior.LogProbExplained(z)).mean(), "kl_sampled");
    }

    private torch.Tensor FloorOfFreeNats(Vae model, Posterior posterior)
    {
        var byLatent = model.Prior.AnalyticKlByLatent(posterior)
            ?? throw new NotSupportedException("free bits need a divergence by latent feature in closed form, and "
                + $"{model.Prior.GetName()} has none for {posterior.GetType().Name}");
        return ItemSum.Of(WholeBatch.Mean(byLatent.mean([0L])).clamp_min(Options.FreeNats));
    }

    private static torch.Tensor Weighted(torch.Tensor term, double weight) => weight == 1 ? term : term * weight;
}
