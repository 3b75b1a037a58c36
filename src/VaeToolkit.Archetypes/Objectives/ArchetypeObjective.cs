using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Archetypes;

/// <summary>
/// What training of <see cref="DeepArchetypes"/> minimises (Keller et al. 2019 and 2021): −w_r E[ln p(x|t)] + w_kl KL(q(t|x) ‖ p(t)) +
/// w_at l_AT + w_y MSE(ŷ, y), all of them means over items. The archetype loss l_AT is the mean squared difference between the vertices Z
/// and Z_pred = B μ, the mixtures of the batch's items: it is 0 when B picks items that sit on the vertices.
/// </summary>
/// <remarks>
/// Terms: <c>reconstruction</c> and <c>kl</c> (<c>kl_sampled</c> where it was sampled) in nats an item, <c>archetype</c>, <c>side</c> where
/// the model has side information, <c>kl_weight</c>, and <c>scale</c>, the mean σ: while it is large beside an edge, samples of t are
/// outside the simplex. A batch needs extreme items to mix vertices of: take <see cref="DeepArchetypes.RecommendedBatchSize"/> and more,
/// and judge by <see cref="VertexReport"/>, which looks at all data at once.
/// </remarks>
public sealed class ArchetypeObjective : Objective<DeepArchetypes>
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">The weights; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ArchetypeObjective(ArchetypeOptions? options = null) => Options = (options ?? new()).Validated();

    /// <summary>The options.</summary>
    public ArchetypeOptions Options { get; }

    /// <summary>The weight of the divergence in the step that comes next.</summary>
    public double CurrentKlWeight => Options.KlDecay?.At(EpochsFinished, Options.KlWeight) ?? Options.KlWeight;

    /// <summary>False: B is a softmax over the batch.</summary>
    public override bool IsMeanOverItems => false;

    /// <summary>The fall of the divergence's weight to its final value; null where there is none.</summary>
    public override WarmUpPlan? WarmUpPlan => Options.KlDecay is { } decay && decay.Start > Options.KlWeight
        ? new("kl_weight", Options.KlWeight, BetaWarmUp.OverEpochs(decay.LengthTo(Options.KlWeight)))
        {
            Share = (_, epochs) => decay.At(epochs, Options.KlWeight) / Options.KlWeight,
        }
        : null;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    /// <summary>Items, or side information, outside of the support of their likelihoods.</summary>
    /// <param name="model">The model, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override string? ExplainOutsideSupport(DeepArchetypes model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var (x, y) = model.Views(batch.Items);
        return model.Decoder.forward(model.Vertices).ExplainOutsideSupport(x)
            ?? (y is null ? null : model.Side!.forward(model.Vertices).ExplainOutsideSupport(y));
    }

    /// <summary>As many as archetypes, of which none can be mixed otherwise.</summary>
    /// <param name="model">The model.</param>
    public override long SmallestBatch(DeepArchetypes model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.ArchetypeCount;
    }

    /// <summary>One: a small batch trains nothing.</summary>
    /// <param name="model">The model.</param>
    public override long SmallestValidationBatch(DeepArchetypes model) => 1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The items do not fit the model, or there are fewer than archetypes.</exception>
    public override ObjectiveResult Compute(DeepArchetypes model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Size < model.ArchetypeCount)
            throw new ArgumentException(
                $"a batch has {batch.Size} item(s), of which {model.ArchetypeCount} archetypes cannot be mixed; take at least "
                + $"{model.RecommendedBatchSize} a batch, and LastBatch.Merge for what is left over at an epoch's end", nameof(batch));
        return Compute(model, batch, CurrentKlWeight);
    }

    /// <summary>The same with the final weights. A last batch that is small counts with the others, since it trains nothing.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override ObjectiveResult ComputeForValidation(DeepArchetypes model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        return Compute(model, batch, Options.KlWeight);
    }

    /// <summary>The options.</summary>
    public override string ToString()
        => $"ArchetypeObjective: {string.Join(", ", Settings.Select(setting => $"{setting.Key} {setting.Value}"))}";

    private ObjectiveResult Compute(DeepArchetypes model, Batch batch, double klWeight)
    {
        using var look = TrainingStep.LookUnlessComputed();
        var (x, y) = model.Views(batch.Items);
        var reading = model.Encoder.Read(x);
        var (t, kl, klName) = Divergence(model.Prior, reading.Posterior);
        var reconstruction = -model.Vae.DecodeOfChecked(t).LogProbOfChecked(x).mean();
        var archetype = (reading.PredictedVertices() - model.Vertices).square().mean();
        var loss = (reconstruction * Options.ReconstructionWeight) + (kl * klWeight) + (archetype * Options.ArchetypeWeight);
        List<ObjectiveTerm> terms = [new("reconstruction", reconstruction), new(klName, kl), new("archetype", archetype)];
        if (y is not null)
        {
            var side = (model.SideOfChecked(t).Mean.flatten(2) - y).square().mean();
            loss += side * Options.SideWeight;
            terms.Add(new("side", side));
        }
        return new(
            loss, [.. terms, new("kl_weight", klWeight), new("scale", (reading.Posterior.LogVariance.detach() * 0.5).exp().mean())]);
    }

    private (torch.Tensor T, torch.Tensor Kl, string Name) Divergence(Prior prior, DiagonalNormal posterior)
    {
        if (Options.Kl == KlEstimator.ClosedForm && prior.AnalyticKlExplained(posterior) is { } closedForm)
            return (posterior.RSample(Options.Samples), closedForm.mean(), "kl");
        var (t, logPosterior) = posterior.RSampleAndLogProb(Options.Samples);
        return (t, (logPosterior - prior.LogProbExplained(t)).mean(), "kl_sampled");
    }
}
