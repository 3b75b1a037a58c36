using TorchSharp;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// The evidence lower bound of a <see cref="Savae"/>: minimises −E_q[ln p(x|z) + ln p(y|t,z)] − ln p(t|x) + KL(q(z|x,y) ‖ p(z)),
/// averaged over patients, in nats (Beaulac et al. 2018, eq. 5 and 6), where a censored time contributes ln S(y) for its density.
/// </summary>
/// <remarks>
/// Terms, in nats a patient: <c>covariates</c>, <c>survival</c> and <c>treatment</c> are negative log-likelihoods, <c>kl</c> the divergence
/// in closed form. Times are in the data's own unit, so the bound does not depend on the model's unit. Only the network of p(t|x) sees its
/// term. With a weight γ of predictions there is a term <c>predictive</c>, −ln p(y|t,x), which the loss has γ times.
/// </remarks>
/// <param name="options">The options; null for the defaults.</param>
public sealed class SavaeElbo(SavaeElboOptions? options = null) : Objective<Savae>
{
    /// <summary>The options.</summary>
    public SavaeElboOptions Options { get; } = (options ?? new()).Validated();

    /// <summary>True: every patient has a bound of their own.</summary>
    public override bool IsMeanOverItems => true;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Settings => OptionText.ByName(Options);

    /// <summary>The options.</summary>
    public override string ToString() => $"SavaeElbo: {string.Join(", ", Settings.Select(setting => $"{setting.Key} {setting.Value}"))}";

    /// <summary>Rows of numbers that no patient has.</summary>
    /// <param name="model">The model, in evaluation mode and without gradients.</param>
    /// <param name="batch">The batch; it is not disposed.</param>
    public override string? ExplainOutsideSupport(Savae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var z = torch.zeros([1, model.LatentSize], dtype: batch.Items.dtype, device: batch.Items.device);
        return model.Decode(z).ExplainOutsideSupport(batch.Items) ?? model.ExplainBits(batch.Items);
    }

    /// <inheritdoc/>
    public override ObjectiveResult Compute(Savae model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var posterior = model.Encode(batch.Items);
        var kl = model.Prior.AnalyticKl(posterior)!.mean();
        var z = posterior.RSample(Options.Samples);
        var covariates = -model.CovariateLogProb(batch.Items, z).mean();
        var treatment = -model.TreatmentLogProb(batch.Items).mean();
        var times = model.TimesGiven(batch.Items, z);
        var survival = -model.TimeLogProb(batch.Items, times).mean();
        List<ObjectiveTerm> terms = [new("covariates", covariates), new("survival", survival), new("treatment", treatment), new("kl", kl)];
        var loss = covariates + survival + treatment + kl;
        if (Options.PredictiveWeight > 0)
        {
            var predictive = -model.PredictiveLogProb(batch.Items, PriorDraws(model, batch.Items)).mean();
            terms.Add(new("predictive", predictive));
            loss = loss + predictive * Options.PredictiveWeight;
        }
        if (Options.LogShapePenalty > 0)
            loss = loss + times.Shape.log().square().mean() * Options.LogShapePenalty;
        return new ObjectiveResult(loss, [.. terms]);
    }

    // From the thread's own source, so that halves of a batch side by side draw the same every time.
    private torch.Tensor PriorDraws(Savae model, torch.Tensor like)
        => NoiseSource.Normal([Options.PredictiveDraws, model.LatentSize], like, itemAxis: null);
}
