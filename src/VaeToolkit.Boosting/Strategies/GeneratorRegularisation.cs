using TorchSharp;
using VaeToolkit.Boosting.Continual;
using VaeToolkit.Boosting.Mixtures;
using VaeToolkit.Boosting.Priors;
using VaeToolkit.Distributions;
using VaeToolkit.Evaluation;
using VaeToolkit.Models;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Strategies;

/// <summary>
/// Keeps decoder and encoder at what they were for the components of finished tasks: the weight ε times a decoder part Σ_k v_k KL(dec(z_k) ‖ x̄_k), z_k near the
/// stored component, x̄_k its decoding then, and an encoder part. For a <see cref="BoostedPrior"/> that is the symmetric divergence between the mixture of the
/// encoder at the stored pseudo-inputs, A, and the stored mixture, B, by one sample of each component of each; for an
/// <see cref="ExpandingMixturePrior"/> the mean of KL(N(m_k, l_k) ‖ q(z|x̄_k)). The networks are in evaluation mode for it.
/// </summary>
public sealed class GeneratorRegularisation : ContinualStrategy
{
    private const double LeastLogVariance = -5;
    private const double LargestLogVariance = -2;
    private const double Inside = 1e-5;
    private readonly double _weight;
    private readonly EncoderScale _scale;
    private torch.Tensor? _decodings;

    /// <summary>Makes the strategy.</summary>
    /// <param name="weight">ε, above 0; default 1.</param>
    /// <param name="scale">How the encoder's part counts for a boosted prior; default the sum.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not above 0.</exception>
    public GeneratorRegularisation(double weight = 1, EncoderScale scale = EncoderScale.Sum)
    {
        OptionRange.Require(weight > 0 && double.IsFinite(weight), nameof(weight), weight, "the weight ε must be a number above 0");
        (_weight, _scale) = (weight, scale);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The model's prior remembers no components.</exception>
    public override ITrainingCallback<Vae>? TaskBegins(ContinualStage stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        using var mode = EvaluationMode.Enter(stage.Model);
        using var scope = torch.NewDisposeScope();
        if (StoredOf(stage.Model) is { } stored)
            Decode(stage.Model, stored.Components.Means);
        return null;
    }

    /// <inheritdoc/>
    public override torch.Tensor? Penalty(Vae model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (_decodings is null || StoredOf(model) is not { } stored)
            return null;
        using var modes = new PartModes(model);
        model.eval();
        return (DecoderPart(model, stored) + EncoderPart(model, stored)) * _weight;
    }

    /// <summary>Σ_k v_k KL(dec(z_k) ‖ x̄_k), in nats.</summary>
    internal torch.Tensor DecoderPart(Vae model, StoredComponents stored)
    {
        var noisy = new DiagonalComponents(stored.Components.Means, stored.Components.LogVariances.clamp(LeastLogVariance, LargestLogVariance));
        var likelihood = model.Decode(noisy.RSample(1).squeeze(1));
        var mean = likelihood.Mean.flatten(1);
        var divergence = likelihood is BernoulliPixels ? Bernoulli(mean, _decodings!) : Normal(mean, likelihood.Variance.flatten(1), _decodings!);
        return (divergence.sum(-1) * Weights(stored)).sum();
    }

    /// <summary>The encoder's part, in nats; 0 right after a task.</summary>
    internal torch.Tensor EncoderPart(Vae model, StoredComponents stored)
    {
        var then = stored.Components;
        if (stored.PseudoInputs is null)
            return Normals(then).KlTo(Normals(EncodedComponents.Of(model.Encoder, _decodings!.reshape([then.Count, .. model.ItemShape])))).mean();
        var now = EncodedComponents.Of(model.Encoder, stored.PseudoInputs);
        var logWeights = Weights(stored).log();
        var (a, b) = (now.RSample(1).squeeze(1), then.RSample(1).squeeze(1));
        torch.Tensor Ratio(torch.Tensor points) => Log(now, points) - Log(then, points);
        torch.Tensor Log(DiagonalComponents mixture, torch.Tensor points) => mixture.LogDensities(points, logWeights).logsumexp(-1);
        var symmetric = (Ratio(a) - Ratio(b)) * 0.5;
        return _scale == EncoderScale.Sum ? symmetric.sum() : symmetric.mean();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, torch.Tensor> SaveState()
        => _decodings is null ? new Dictionary<string, torch.Tensor>() : new() { ["decodings"] = _decodings };

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, torch.Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.TryGetValue("decodings", out var decodings))
            Remember(decodings);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _decodings?.Dispose();
        base.Dispose(disposing);
    }

    internal static StoredComponents? StoredOf(Vae model) => model.Prior is IStoredComponents prior
        ? prior.OfFinishedTasks()
        : throw new ArgumentException(
            $"the model's prior is a {model.Prior.GetType().Name}; generator regularisation needs a {nameof(BoostedPrior)} or an {nameof(ExpandingMixturePrior)}", nameof(model));

    // What the task before added, decoded by the networks as that task left them.
    private void Decode(Vae model, torch.Tensor means)
    {
        var done = _decodings?.shape[0] ?? 0;
        var fresh = model.Decode(means.narrow(0, done, means.shape[0] - done)).Mean.flatten(1);
        Remember(_decodings is null ? fresh : torch.cat([_decodings, fresh]));
    }

    private void Remember(torch.Tensor decodings)
    {
        var before = _decodings;
        _decodings = decodings.detach().clone().DetachFromDisposeScope();
        before?.Dispose();
    }

    private static torch.Tensor Weights(StoredComponents stored)
        => torch.tensor(stored.Weights.ToArray()).to(stored.Components.Means.dtype, stored.Components.Means.device);

    // The small number bounds it where a stored pixel is nearly 0 or 1; for that reason the stored one is on the right.
    private static torch.Tensor Bernoulli(torch.Tensor p, torch.Tensor q)
        => p * ((p + Inside).log() - (q + Inside).log()) + (1 - p) * ((1 - p + Inside).log() - (1 - q + Inside).log());

    private static torch.Tensor Normal(torch.Tensor mean, torch.Tensor variance, torch.Tensor stored) => (mean - stored).square() / (variance * 2);

    private static DiagonalNormal Normals(DiagonalComponents components) => new(components.Means, components.LogVariances);
}
