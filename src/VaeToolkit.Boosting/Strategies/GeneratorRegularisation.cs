using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting;

/// <summary>
/// Keeps decoder and encoder at what they were for the components of finished tasks: the weight ε times a decoder part Σ_k v_k
/// KL(dec(z_k) ‖ dec_k), z_k near the stored component, dec_k its decoding then (means x̄_k and, of normal pixels, variances), and an
/// encoder part. For a <see cref="BoostedPrior"/> that is the symmetric divergence between the mixture of the encoder at the stored
/// pseudo-inputs, A, and the stored mixture, B, by one sample of each component of each; for an <see cref="ExpandingMixturePrior"/> the
/// mean of KL(N(m_k, l_k) ‖ q(z|x̄_k)). The networks are in evaluation mode for it.
/// </summary>
public sealed class GeneratorRegularisation : ContinualStrategy
{
    private const double LeastLogVariance = -5;
    private const double LargestLogVariance = -2;
    private const double Inside = 1e-5;
    private const string Decodings = "decodings";
    private const string Variances = "variances";
    private readonly double _weight;
    private readonly EncoderScale _scale;
    private readonly KeptTensors _then = new();

    /// <summary>Makes the strategy.</summary>
    /// <param name="weight">ε, above 0; default 1.</param>
    /// <param name="scale">How the encoder's part counts for a boosted prior; default the sum.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not above 0, or the scale none of the enumeration's
    /// values.</exception>
    public GeneratorRegularisation(double weight = 1, EncoderScale scale = EncoderScale.Sum)
    {
        OptionRange.Require(weight > 0 && double.IsFinite(weight), nameof(weight), weight, "the weight ε must be a number above 0");
        OptionRange.RequireKnown(scale, nameof(scale));
        (_weight, _scale) = (weight, scale);
    }

    /// <inheritdoc/>
    public override string Settings => FormattableString.Invariant(
        $"{Name} of weight {_weight}, encoder by {_scale}");

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The model's prior remembers no components, it has a head for each task, or its pixels are
    /// neither Bernoulli nor normal.</exception>
    public override ITrainingCallback<Vae>? TaskBegins(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        if (stage.Model.Encoder is MultiHeadEncoder || stage.Model.Decoder is MultiHeadDecoder)
            throw new ArgumentException("the model has a head for each task; generator regularisation compares one encoder and "
                + "one decoder with what they were", nameof(stage));
        using var mode = EvaluationMode.Enter(stage.Model);
        using var scope = torch.NewDisposeScope();
        var stored = StoredOf(stage.Model);
        // Before the first task there is nothing to remember yet, but a decoder that cannot be held shall not be found out after it.
        var likelihood = Known(stage.Model.DecodeOfChecked(stored?.Components.Means ?? AnyCode(stage.Model)));
        if (stored is null)
            return null;
        Extend(Decodings, stage.Model, stored, decoding => decoding.Mean);
        if (likelihood is GaussianLikelihood)
            Extend(Variances, stage.Model, stored, decoding => decoding.Variance);
        return null;
    }

    /// <inheritdoc/>
    public override torch.Tensor? Penalty(Vae model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Held(model) is not { } held)
            return null;
        using var modes = new PartModes(model);
        model.eval();
        return Penalty(held, EncodedComponents.Of(model.Encoder, held.Inputs), model.DecodeOfChecked(held.Codes));
    }

    /// <summary>What is held of finished tasks, with codes drawn near the stored components; null while there is none.</summary>
    internal HeldComponents? Held(Vae model)
    {
        if (_then.All.Count == 0 || StoredOf(model) is not { } stored)
            return null;
        return new(stored, stored.PseudoInputs ?? _then[Decodings].reshape([stored.Components.Count, .. model.ItemShape]), Codes(stored));
    }

    /// <summary>The penalty, in nats, from the passes of encoder and decoder as they are now.</summary>
    internal torch.Tensor Penalty(HeldComponents held, DiagonalComponents now, Likelihood decoded)
        => (DecoderPart(held.Stored, decoded) + EncoderPart(held.Stored, now)) * _weight;

    /// <summary>Σ_k v_k KL(dec(z_k) ‖ dec_k), in nats.</summary>
    internal torch.Tensor DecoderPart(StoredComponents stored, Likelihood decoded)
    {
        var likelihood = Known(decoded);
        var mean = likelihood.Mean.flatten(1);
        var divergence = likelihood is GaussianLikelihood
            ? Normal(mean, likelihood.Variance.flatten(1)).KlTo(Normal(_then[Decodings], _then[Variances]))
            : ItemSum.Of(Bernoulli(mean, _then[Decodings]));
        return (divergence * Weights(stored)).sum();
    }

    /// <summary>The encoder's part, in nats; 0 right after a task.</summary>
    internal torch.Tensor EncoderPart(StoredComponents stored, DiagonalComponents now)
    {
        var then = stored.Components;
        if (stored.PseudoInputs is null)
            return Normals(then).KlTo(Normals(now)).mean();
        var logWeights = Weights(stored).log();
        // Points of A, then of B; each mixture is evaluated once.
        var points = torch.cat([now.RSample(1).squeeze(1), then.RSample(1).squeeze(1)]);
        torch.Tensor Log(DiagonalComponents mixture) => mixture.LogDensities(points, logWeights).logsumexp(-1);
        var ratios = (Log(now) - Log(then)).reshape([2, then.Count]);
        var symmetric = (ratios[0] - ratios[1]) * 0.5;
        return _scale == EncoderScale.Sum ? symmetric.sum() : symmetric.mean();
    }

    /// <summary>One code near each stored component, <c>[N, Z]</c>.</summary>
    internal static torch.Tensor Codes(StoredComponents stored)
        => new DiagonalComponents(stored.Components.Means, stored.Components.LogVariances.clamp(LeastLogVariance, LargestLogVariance))
            .RSample(1).squeeze(1);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, torch.Tensor> SaveState() => _then.All;

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, torch.Tensor> state) => _then.Load(state);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _then.Dispose();
        base.Dispose(disposing);
    }

    internal static StoredComponents? StoredOf(Vae model) => model.Prior is IStoredComponents prior
        ? prior.OfFinishedTasks()
        : throw new ArgumentException(
            $"the model's prior is a {model.Prior.GetType().Name}; generator regularisation needs a {nameof(BoostedPrior)} or "
            + $"an {nameof(ExpandingMixturePrior)}", nameof(model));

    private static Likelihood Known(Likelihood likelihood) => likelihood is BernoulliLikelihood or GaussianLikelihood
        ? likelihood
        : throw new ArgumentException(
            $"the decoder's likelihood is {likelihood.GetType().Name}; generator regularisation needs "
            + $"{nameof(BernoulliLikelihood)} or {nameof(GaussianLikelihood)}, whose divergence it knows");

    private static torch.Tensor AnyCode(Vae model)
        => torch.zeros([1L, model.Prior.LatentSize], device: torch.CPU).ToWeightsOf(model.Decoder);

    // What the task before added, decoded by the networks as that task left them.
    // A state without variances, of before they were kept, gets those of now.
    private void Extend(string name, Vae model, StoredComponents stored, Func<Likelihood, torch.Tensor> part)
    {
        var before = _then.All.GetValueOrDefault(name);
        var done = before is null ? 0 : before.shape[0];
        if (done == stored.Components.Count)
            return;
        var fresh = part(model.DecodeOfChecked(stored.Components.Means.narrow(0, done, stored.Components.Count - done))).flatten(1);
        _then.Keep(name, before is null ? fresh : torch.cat([before, fresh]));
    }

    private static torch.Tensor Weights(StoredComponents stored) => stored.Shares.to(stored.Components.Means.dtype);

    // The small number bounds it where a stored pixel is nearly 0 or 1; for that reason the stored one is on the right.
    private static torch.Tensor Bernoulli(torch.Tensor p, torch.Tensor q)
        => p * ((p + Inside).log() - (q + Inside).log()) + (1 - p) * ((1 - p + Inside).log() - (1 - q + Inside).log());

    private static DiagonalNormal Normal(torch.Tensor mean, torch.Tensor variance) => new(mean, variance.log());

    private static DiagonalNormal Normals(DiagonalComponents components) => new(components.Means, components.LogVariances);
}
