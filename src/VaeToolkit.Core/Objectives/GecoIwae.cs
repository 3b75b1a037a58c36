using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// GECO under the importance-weighted posterior q_IW: minimises −L_K − E_qIW[−log p(x|z)] + Σ λ (E_qIW[error] − tolerance). With
/// the negative log-likelihood as the error this is −[(λ − 1) E_qIW[log p(x|z)] + L_K] − λ tolerance; at λ = 1 its gradient is
/// that of IWAE, and with K = 1 it is GECO with a sampled divergence. docs/geco.md derives it.
/// </summary>
/// <remarks>
/// Terms: <c>bound</c> is L_K, <c>reconstruction</c> and <c>kl_sampled</c> are its two parts under q_IW
/// (bound = −reconstruction − kl_sampled), in nats per item; <c>constraint</c>,
/// <c>constraint_batch</c> and <c>lambda</c> as in <see cref="Geco"/>.
/// </remarks>
public sealed class GecoIwae : ConstrainedObjective
{
    /// <summary>Makes the objective.</summary>
    /// <param name="samples">K, at least 1.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException">There are no constraints, or two of one name.</exception>
    public GecoIwae(int samples, GecoOptions? options = null)
        : base(options)
    {
        Shape.RequirePositive(samples, "the number of importance samples K", nameof(samples));
        Samples = samples;
    }

    /// <summary>K, samples in the bound.</summary>
    public int Samples { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options, (nameof(Samples), Samples));

    internal override long SamplesPerItem => Samples;

    private protected override ObjectiveResult Compute(Vae model, Batch batch, bool validating)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var (z, logPosterior) = model.EncodeOfChecked(batch.Items).RSampleAndLogProb(Samples);
        var likelihood = model.DecodeOfChecked(z);
        var weights = new ImportanceWeights(likelihood.LogProbOfChecked(batch.Items), model.Prior.LogProbExplained(z), logPosterior);
        var logWeights = weights.Log();
        var normalised = logWeights.softmax(0);
        var bound = (logWeights.logsumexp(0) - Math.Log(Samples)).mean();
        var reconstruction = Expected(-weights.LogLikelihood);
        var kl = -bound - reconstruction;
        var (penalty, terms) = Constraints.Penalty([.. Constraints.All.Select(
            c => Expected(c.Error(likelihood, batch.Items).reshape(logWeights.shape)) - c.Tolerance)], validating);
        return new ObjectiveResult(kl + penalty, [
            new ObjectiveTerm("bound", bound),
            new ObjectiveTerm("reconstruction", reconstruction),
            new ObjectiveTerm("kl_sampled", kl),
            .. terms]);

        torch.Tensor Expected(torch.Tensor values) => (normalised * values).sum(dim: 0).mean();
    }
}
