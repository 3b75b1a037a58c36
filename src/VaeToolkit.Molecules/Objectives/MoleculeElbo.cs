using System.Globalization;
using VaeToolkit.Training;

namespace VaeToolkit.Molecules;

/// <summary>
/// The objective of the chemical VAE: −log p(x|z) + w KL(q ‖ p) + λ Σ (y − ŷ(μ))², with the properties said by the
/// posterior's mean μ. Nats are summed over tokens and latent features, so that w = 1, λ = 0 is the evidence lower bound.
/// </summary>
public sealed class MoleculeElbo : Objective<MoleculeVae>
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">Its weights; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public MoleculeElbo(MoleculeElboOptions? options = null) => Options = (options ?? new()).Validated();

    /// <summary>The options.</summary>
    public MoleculeElboOptions Options { get; }

    /// <summary>The weight of the KL divergence in the epoch that comes next.</summary>
    public double CurrentKlWeight => Options.KlWeight * (Options.WarmUp?.Weight(EpochsFinished) ?? 1);

    /// <summary>True.</summary>
    public override bool IsMeanOverItems => true;

    /// <summary>The rise of the KL divergence's weight; it counts as over from 95 % on.</summary>
    public override WarmUpPlan? WarmUpPlan => Options is { WarmUp: { } warmUp, KlWeight: > 0 }
        ? new("kl_weight", Options.KlWeight, BetaWarmUp.OverEpochs(warmUp.Length)) { Share = (_, epochs) => warmUp.Weight(epochs) } : null;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["KlWeight"] = Options.KlWeight.ToString(CultureInfo.InvariantCulture),
        ["WarmUp"] = Options.WarmUp?.ToString() ?? "none",
        ["PropertyWeight"] = Options.PropertyWeight.ToString(CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public override ObjectiveResult Compute(MoleculeVae model, Batch batch) => Compute(model, batch, CurrentKlWeight);

    /// <summary>The same with the KL divergence's final weight, so that epochs can be compared.</summary>
    public override ObjectiveResult ComputeForValidation(MoleculeVae model, Batch batch) => Compute(model, batch, Options.KlWeight);

    /// <inheritdoc/>
    public override string? ExplainOutsideSupport(MoleculeVae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var z = batch.Items.new_zeros(1, model.LatentSize);
        return model.DecodeOfChecked(z).ExplainOutsideSupport(model.Tokens(batch.Items));
    }

    /// <summary>The weights.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{nameof(MoleculeElbo)}: KL weight {Options.KlWeight}, property weight {Options.PropertyWeight}");

    private ObjectiveResult Compute(MoleculeVae model, Batch batch, double klWeight)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var tokens = model.Tokens(batch.Items);
        var posterior = model.Vae.EncodeOfChecked(tokens);
        var reconstruction = -model.DecodeOfChecked(posterior.RSample()).LogProbOfChecked(tokens, batch.LongestSequence).mean();
        var kl = model.Vae.Prior.AnalyticKl(posterior)!.mean();
        var loss = reconstruction + kl * klWeight;
        var terms = new List<ObjectiveTerm> { new("reconstruction", reconstruction), new("kl", kl), new("kl_weight", klWeight) };
        if (model.Properties is { } network)
        {
            var error = (network.forward(posterior.Mean) - model.StandardisedProperties(batch.Items)).square().sum(-1).mean();
            loss += error * Options.PropertyWeight;
            terms.Add(new("property_error", error));
        }
        return new ObjectiveResult(loss, [.. terms]);
    }
}
