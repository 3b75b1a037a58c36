using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// InfoVAE with a maximum mean discrepancy: minimises −E_q[log p(x|z)] + (1 − α) KL(q(z|x) ‖ p(z)) + (α + λ − 1) MMD²(q(z),
/// p(z)), so that codes agree with the prior as a whole and yet tell about their items (Zhao, Song and Ermon 2019, eq. 6).
/// </summary>
/// <remarks>
/// Terms: <c>reconstruction</c> and, unless α is 1, <c>kl</c> (<c>kl_sampled</c> where it has no closed form) in nats per item, and
/// <c>mmd</c>, MMD² before its weight.
/// </remarks>
public sealed class InfoVae : Objective<Vae>
{
    /// <summary>Makes the objective.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public InfoVae(InfoVaeOptions? options = null) => Options = (options ?? new()).Validated();

    /// <summary>The options.</summary>
    public InfoVaeOptions Options { get; }

    /// <summary>1 − α, the weight of the KL divergence.</summary>
    public double KlWeight => 1 - Options.InformationPreference;

    /// <summary>α + λ − 1, the weight of MMD².</summary>
    public double MmdWeight => Options.InformationPreference + Options.Scaling - 1;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    /// <summary>Two for the unbiased estimate.</summary>
    /// <param name="model">The model.</param>
    public override long SmallestBatch(Vae model) => Mmd.LeastOf(Options.Estimator);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The unbiased estimate is asked for of a batch of one item.</exception>
    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        using var look = TrainingStep.LookUnlessComputed();
        var posterior = model.EncodeOfChecked(batch.Items);
        var (z, kl, name) = Divergence(model, posterior);
        var codes = z.squeeze(0);
        var reconstruction = -model.DecodeOfChecked(codes).LogProbOfChecked(batch.Items).mean();
        var kernel = Options.Kernel ?? MmdKernel.Gaussian((double)model.LatentSize * model.LatentSize);
        var discrepancy = Mmd.Squared(codes, model.SampleLatents(codes.shape[0]).detach(), kernel, Options.Estimator);
        var terms = new List<ObjectiveTerm> { new("reconstruction", reconstruction), new("mmd", discrepancy) };
        var loss = reconstruction + discrepancy * MmdWeight;
        if (kl is null)
            return new(loss, terms);
        terms.Insert(1, new(name, kl));
        return new(loss + kl * KlWeight, terms);
    }

    /// <summary>The objective and its options.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{nameof(InfoVae)}: {KlWeight} × KL + {MmdWeight} × MMD² with {Options.Kernel?.ToString() ?? "the default kernel"}");

    private (torch.Tensor Z, torch.Tensor? Kl, string Name) Divergence(Vae model, Posterior posterior)
    {
        if (KlWeight == 0)
            return (posterior.RSample(), null, "kl");
        if (model.Prior.AnalyticKlExplained(posterior) is { } closedForm)
            return (posterior.RSample(), closedForm.mean(), "kl");
        var (z, logPosterior) = posterior.RSampleAndLogProb();
        return (z, (logPosterior - model.Prior.LogProbExplained(z)).mean(), "kl_sampled");
    }
}
