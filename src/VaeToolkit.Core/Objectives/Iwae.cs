using System.Globalization;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// The importance-weighted bound L_K = E[log (1/K) Σ p(x|z_k) p(z_k) / q(z_k|x)], maximised, in nats and averaged over the batch (Burda,
/// Grosse &amp; Salakhutdinov 2016, eq. 8), with its relatives as options: MIWAE, CIWAE and the Rényi bound.
/// </summary>
/// <remarks>
/// Terms, in nats per item: <c>bound</c> is the bound itself (not Σ w̃ log w, which is larger by up to log K); <c>reconstruction</c> is
/// −E[log p(x|z)] and <c>kl_sampled</c> E[log q(z|x) − log p(z)], both under the importance weights; <c>effective_samples</c> is the
/// mean of 1 / Σ w̃², from 1 to K. With M groups the last three are over the weights of all M K samples together,
/// so <c>effective_samples</c> is from 1 to M K.
/// </remarks>
public sealed class Iwae : Objective<Vae>
{
    private readonly ImportanceBound _bound;

    /// <summary>Makes the objective.</summary>
    /// <param name="samples">K, samples in a bound, at least 1.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">K, M or the chunk size is below 1, the ELBO's share outside [0, 1],
    /// or the Rényi order outside [0, 1).</exception>
    public Iwae(int samples, IwaeOptions? options = null)
    {
        Options = options ?? new();
        Samples = samples;
        Shape.RequirePositive(samples, "the number of importance samples K", nameof(samples));
        Shape.RequirePositive(Options.Groups, "Groups (M)", nameof(options));
        OptionRange.RequireKnown(Options.Estimator, nameof(Options.Estimator));
        Shape.RequirePositive(Options.ChunkSize ?? 1, "ChunkSize", nameof(options));
        if (Options.ElboShare is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), Options.ElboShare, "ElboShare (β) must be in [0, 1]");
        if (Options.RenyiOrder is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(options), Options.RenyiOrder, "RenyiOrder (α) must be in [0, 1)");
        _bound = new(samples, Options.Groups, Options.RenyiOrder, Options.ElboShare);
    }

    /// <summary>K, samples in a bound.</summary>
    public int Samples { get; }

    /// <summary>The options.</summary>
    public IwaeOptions Options { get; }

    /// <summary>True, unless samples are chunked: all chunks but the last are backpropagated by <see cref="Compute"/> itself.</summary>
    public override bool IsMeanOverItems => Options.ChunkSize is null;

    /// <summary>True, unless samples are chunked.</summary>
    public override bool IsBackpropagatedByTheLoop => Options.ChunkSize is null;

    /// <summary>True: chunks are weighed by the rank's share of the batch.</summary>
    public override bool IsDivisible => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options, (nameof(Samples), Samples));

    internal override long SamplesPerItem => _bound.TotalSamples;

    /// <inheritdoc/>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        if (torch.is_grad_enabled())
        {
            var inOnePass = Options.ChunkSize is null && Options.Estimator != GradientEstimator.DoublyReparameterised;
            return inOnePass ? OnePass(model, batch.Items) : TwoPasses(model, batch.Items);
        }
        return Options.ChunkSize is null ? OnePass(model, batch.Items) : ValueInChunks(model, batch.Items);
    }

    /// <summary>The objective and its options.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"Iwae: K {Samples}, M {Options.Groups}, ELBO share {Options.ElboShare}, Rényi order "
            + $"{Options.RenyiOrder}, gradients {Options.Estimator}");

    private ObjectiveResult OnePass(Vae model, torch.Tensor x)
    {
        var posterior = model.EncodeOfChecked(x);
        var (z, logPosterior) = Options.Estimator == GradientEstimator.StickingTheLanding
            ? posterior.RSampleAndPathLogProb(_bound.TotalSamples)
            : posterior.RSampleAndLogProb(_bound.TotalSamples);
        var weights = ImportanceWeights.OfDrawn(model, x, z, logPosterior);
        var logWeights = weights.Log();
        var bound = _bound.Value(logWeights).mean();
        return Result(-bound, bound, weights, logWeights);
    }

    // First the weights of all samples, without gradients; then the samples again, chunk by chunk, each weighed by what the bound's
    // gradient gives it. All chunks but the last are backpropagated here, so that only one is in memory at a time.
    private ObjectiveResult TwoPasses(Vae model, torch.Tensor x)
    {
        var (z, noise, weights) = DrawWithoutGradient(model, x);
        var logWeights = weights.Log();
        var sampleWeights = _bound.SampleWeights(logWeights) / x.shape[0];
        var pathScale = Options.Estimator == GradientEstimator.DoublyReparameterised ? _bound.PathScale(logWeights) : null;
        var chunk = Options.ChunkSize ?? _bound.TotalSamples;
        var last = (_bound.TotalSamples - 1) / chunk * chunk;
        for (var start = 0; start < last; start += chunk)
        {
            using var scope = torch.NewDisposeScope();
            (Surrogate(model, x, Part(start, chunk)) * WholeBatch.Share).backward();
        }
        var surrogate = Surrogate(model, x, Part(last, _bound.TotalSamples - last));
        var bound = _bound.Value(logWeights).mean();
        return Result(surrogate + (-bound - surrogate).detach(), bound, weights, logWeights);

        DrawnSamples Part(int start, int count) => new(
            z.narrow(0, start, count), noise?.narrow(0, start, count), sampleWeights.narrow(0, start, count),
            pathScale?.narrow(0, start, count).unsqueeze(-1));
    }

    private ObjectiveResult ValueInChunks(Vae model, torch.Tensor x)
    {
        var (_, _, weights) = DrawWithoutGradient(model, x);
        var logWeights = weights.Log();
        var bound = _bound.Value(logWeights).mean();
        return Result(-bound, bound, weights, logWeights);
    }

    private (torch.Tensor Z, torch.Tensor? Noise, ImportanceWeights Weights) DrawWithoutGradient(Vae model, torch.Tensor x)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var posterior = model.EncodeOfChecked(x);
        var (z, logPosterior, noise) = posterior.RSampleWithNoise(_bound.TotalSamples);
        var parts = z.split(Options.ChunkSize ?? _bound.TotalSamples);
        var weights = new ImportanceWeights(
            InChunks(parts, part => model.DecodeOfChecked(part).LogProbOfChecked(x)),
            InChunks(parts, part => model.Prior.LogProbExplained(part)),
            logPosterior);
        weights.LogLikelihood.MoveToOuterDisposeScope();
        weights.LogPrior.MoveToOuterDisposeScope();
        weights.LogPosterior.MoveToOuterDisposeScope();
        return (z.MoveToOuterDisposeScope(), noise?.MoveToOuterDisposeScope(), weights);
    }

    private static torch.Tensor InChunks(torch.Tensor[] parts, Func<torch.Tensor, torch.Tensor> density)
        => torch.cat([.. parts.Select(part =>
        {
            using var scope = torch.NewDisposeScope();
            return density(part).MoveToOuterDisposeScope();
        })]);

    // −Σ c log w over a chunk, whose gradient is the bound's. A path scale multiplies the gradient that flows through the samples.
    private torch.Tensor Surrogate(Vae model, torch.Tensor x, DrawnSamples drawn)
    {
        var isCut = Options.Estimator != GradientEstimator.Standard;
        var (samples, logPosterior) = model.EncodeOfChecked(x).Again(drawn.Samples, drawn.Noise, isCut, drawn.PathScale);
        return -(ImportanceWeights.OfDrawn(model, x, samples, logPosterior).Log() * drawn.Weights).sum();
    }

    private readonly record struct DrawnSamples(torch.Tensor Samples, torch.Tensor? Noise, torch.Tensor Weights, torch.Tensor? PathScale);

    private static ObjectiveResult Result(torch.Tensor loss, torch.Tensor bound, ImportanceWeights weights, torch.Tensor logWeights)
    {
        using var noGradient = torch.no_grad();
        var normalised = logWeights.softmax(0);
        return new ObjectiveResult(
            loss,
            new ObjectiveTerm("bound", bound),
            new ObjectiveTerm("reconstruction", -(normalised * weights.LogLikelihood).sum(dim: 0).mean()),
            new ObjectiveTerm("kl_sampled", (normalised * (weights.LogPosterior - weights.LogPrior)).sum(dim: 0).mean()),
            new ObjectiveTerm("effective_samples", normalised.square().sum(dim: 0).reciprocal().mean()));
    }
}
