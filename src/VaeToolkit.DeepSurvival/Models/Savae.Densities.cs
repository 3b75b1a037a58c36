using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

// The distributions of which the model is made, and what they say of rows of patients.
public sealed partial class Savae
{
    /// <summary>q(z|x,y), or q(z|x,y,t) where the encoder sees the treatment.</summary>
    /// <param name="items">Rows <c>[N, W]</c> of <see cref="Items(PatientData)"/>.</param>
    /// <exception cref="ArgumentException">The rows have another width or type, hold NaN or infinity, or there are none; or what says
    /// whether something was observed or given is neither 0 nor 1: the message names row and value.</exception>
    /// <exception cref="ArithmeticException">A row's posterior mean is NaN, since its values are too large for the model; the message names
    /// it. Within a step of training that is not looked at.</exception>
    public Posterior Encode(torch.Tensor items)
    {
        RequireFiniteRows(items);
        var posterior = EngineError.Of(this, items, nameof(items), () =>
        {
            var response = torch.cat([LogTime(items).unsqueeze(-1) - LogTimeScale, Observed(items).unsqueeze(-1)], dim: -1);
            return _encoder.forward(Options.EncoderSeesTreatment ? torch.cat([View(items), response, Code(items)], dim: -1)
                : torch.cat([View(items), response], dim: -1));
        });
        if (!TrainingStep.IsComputed)
            Shape.RequireAnswers(posterior.Mean, nameof(items));
        return posterior;
    }

    /// <summary>
    /// p(x|z): a likelihood of rows of targets, of which <see cref="CovariateLogProb"/> takes those of the items. Normal in a standardised
    /// number (so log-normal in a positive one), Bernoulli, Poisson, categorical, or by cumulative logits.
    /// </summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size, or one is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">As of <see cref="Vae.Decode"/>.</exception>
    public Likelihood Decode(torch.Tensor z)
    {
        RequireLatents(z);
        return Shape.RequireAnswers(DecodeOfChecked(z), z, nameof(z));
    }

    /// <summary>ln p(x|z) of the covariates that were observed, in nats; those that were not have no term (missing at random).</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <param name="z">Latent vectors <c>[N, Z]</c>, <c>[K, N, Z]</c>, or <c>[K, 1, Z]</c>, which are compared with every row.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>, or the latent vectors have another width.</exception>
    /// <exception cref="ArithmeticException">As of <see cref="Vae.Decode"/>; of latent vectors that all rows share, the message names the
    /// draw.</exception>
    public torch.Tensor CovariateLogProb(torch.Tensor items, torch.Tensor z)
    {
        RequireFiniteRows(items);
        RequireLatents(z);
        // Latent vectors that all rows share are told apart by their draw.
        var latents = z.Dimensions == 3 && z.shape[1] == 1 ? z.squeeze(1) : z;
        return Shape.RequireAnswers(DecodeOfChecked(z), latents, nameof(z)).LogProb(Targets(items));
    }

    /// <summary>ln p(t|x) of the treatments that were given, in nats, <c>[N]</c>; 0 without treatments.</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>.</exception>
    public torch.Tensor TreatmentLogProb(torch.Tensor items)
    {
        RequireFiniteRows(items);
        return _treatment is null ? torch.zeros_like(LogTime(items))
            : EngineError.Of(this, items, nameof(items), () => _treatment.LogProb(View(items), Code(items)));
    }

    /// <summary>p(y|t,z) under the treatments that were given, with y in the data's own unit.</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <param name="z">Latent vectors <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The rows have another width or type, or the latent vectors another shape, or one is NaN or
    /// infinite.</exception>
    /// <exception cref="ArithmeticException">As of <see cref="Vae.Decode"/>.</exception>
    public WeibullLikelihood TimesGiven(torch.Tensor items, torch.Tensor z)
    {
        RequireFiniteRows(items);
        RequireLatents(z);
        if (z.Dimensions != 3 || z.shape[1] != items.shape[0])
            throw new ArgumentException(
                $"z has shape {Shape.Text(z)} for items {Shape.Text(items)}; it must be [K, {items.shape[0]}, {LatentSize}]", nameof(z));
        return RequireAnswers(TimesOf(Code(items).expand(z.shape[0], -1, -1), z), z);
    }

    /// <summary>p(y|t,z) under a combination of treatments, with y in the data's own unit.</summary>
    /// <param name="combination">The combination, from 0 to T − 1.</param>
    /// <param name="z">Latent vectors <c>[..., Z]</c>.</param>
    /// <returns>Distributions <c>[...]</c>.</returns>
    /// <exception cref="ArgumentException">The latent vectors have another width, or one is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    /// <exception cref="ArithmeticException">As of <see cref="Vae.Decode"/>.</exception>
    public WeibullLikelihood TimesUnder(int combination, torch.Tensor z)
    {
        Treatments.Require(combination, nameof(combination));
        RequireLatents(z);
        var code = Filled(Treatments.Code(combination), z);
        return RequireAnswers(TimesOf(code.expand([.. z.shape[..^1], code.shape[0]]), z), z);
    }

    /// <summary>The log-likelihood of the censored times of rows, δ ln f(y) + (1 − δ) ln S(y), in nats.</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <param name="times">p(y|t,z), such as <see cref="TimesGiven"/>.</param>
    /// <returns>In the shape of the distributions, <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>, or there are other distributions than rows.</exception>
    public torch.Tensor TimeLogProb(torch.Tensor items, WeibullLikelihood times)
    {
        RequireFiniteRows(items);
        ArgumentNullException.ThrowIfNull(times);
        Shape.RequireLastAxis(times.LogScale, items.shape[0], "one distribution a row", nameof(times));
        return times.LogProbOfChecked(LogTime(items), Observed(items));
    }

    /// <summary>
    /// ln p(y|t,x) of rows as prediction estimates it, ln Σ w p(y|t,z) with w ∝ p(x|z) over draws from the prior (eq. 15 and 16), where
    /// a censored time has S(y) for its density; in nats, <c>[N]</c>. The sum of weights makes a bias of order 1/L.
    /// </summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <param name="z">Draws from the prior, <c>[L, Z]</c>, which all rows share.</param>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>, or the draws have another shape, or one is not
    /// finite.</exception>
    public torch.Tensor PredictiveLogProb(torch.Tensor items, torch.Tensor z)
    {
        RequireLatents(z);
        if (z.Dimensions != 2)
            throw new ArgumentException($"z has shape {Shape.Text(z)}; it must be [L, {LatentSize}]", nameof(z));
        var covariates = CovariateLogProb(items, z.unsqueeze(1));
        var under = Enumerable.Range(0, Treatments.Count).Select(t => TimesUnder(t, z)).ToArray();
        var weights = Filled(Treatments.CodeWeights(), items).unsqueeze(-1);
        var given = Code(items).mm(weights).squeeze(-1).to(torch.int64);
        var times = new WeibullLikelihood(Given(under.Select(w => w.LogScale)), Given(under.Select(w => w.Shape)));
        return (covariates + TimeLogProb(items, times)).logsumexp(0) - covariates.logsumexp(0);

        torch.Tensor Given(IEnumerable<torch.Tensor> numbers) => torch.stack([.. numbers], dim: -1).index_select(-1, given);
    }

    // Few numbers, written where they are needed: a tensor of them would be sent, which waits for a GPU.
    private static torch.Tensor Filled(double[] values, torch.Tensor like)
    {
        var filled = torch.zeros(values.Length, like.dtype, like.device);
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
                filled.narrow(0, i, 1).fill_(values[i]);
        }
        return filled;
    }

    /// <summary>Copies of rows <c>[N, W]</c> with an observed event at a time and a combination of treatments.</summary>
    internal torch.Tensor WithResponse(torch.Tensor rows, double time, int combination)
    {
        var known = torch.tensor([.. Treatments.Code(combination), Math.Log(time), 1], dtype: rows.dtype, device: rows.device);
        return torch.cat([rows.narrow(-1, 0, _layout.CodeStart), known.expand(rows.shape[0], known.shape[0])], dim: -1);
    }

    /// <summary>ln p(t|x) of every combination, <c>[N, T]</c>.</summary>
    internal torch.Tensor TreatmentLogProbs(torch.Tensor rows)
        => torch.stack([.. Enumerable.Range(0, Treatments.Count).Select(t => TreatmentLogProb(WithResponse(rows, 1, t)))], dim: -1);

    /// <summary>As <see cref="CovariateLogProb"/>, of rows that are in the support: prediction asks for them over and over.</summary>
    internal torch.Tensor CovariateLogProbOfChecked(torch.Tensor items, torch.Tensor z)
    {
        _layout.RequireRows(items, LogTimeScale.dtype);
        RequireLatents(z);
        return DecodeOfChecked(z).LogProbOfChecked(Targets(items));
    }

    private Likelihood DecodeOfChecked(torch.Tensor z) => EngineError.Of(this, z, nameof(z), () => _decoder.forward(z));

    private WeibullLikelihood TimesOf(torch.Tensor code, torch.Tensor z)
        => EngineError.Of(this, z, nameof(z), () => _survival.Distribution(code, z, LogTimeScale));

    private torch.Tensor Targets(torch.Tensor items) => items.narrow(-1, 0, _layout.TargetWidth + _layout.MaskWidth);

    private torch.Tensor View(torch.Tensor items) => items.narrow(-1, _layout.MaskStart, _layout.ViewWidth);

    private torch.Tensor Code(torch.Tensor items) => items.narrow(-1, _layout.CodeStart, Treatments.CodeWidth);

    private torch.Tensor LogTime(torch.Tensor items) => items.select(-1, _layout.LogTimeIndex);

    private torch.Tensor Observed(torch.Tensor items) => items.select(-1, _layout.LogTimeIndex + 1);

    private void RequireFiniteRows(torch.Tensor items)
    {
        _layout.RequireRows(items, LogTimeScale.dtype);
        Shape.RequireFinite(items, nameof(items));
        var looks = TrainingStep.IsComputed ? TrainingStep.LooksAtItems && items.device_type == DeviceType.CPU
            : items.device_type != DeviceType.META;
        if (looks && _layout.ExplainBits(items) is { } fault)
            throw new ArgumentException($"{nameof(items)}, {fault}", nameof(items));
    }

    /// <summary>What of rows is no bit where one must be, or null.</summary>
    internal string? ExplainBits(torch.Tensor items) => _layout.ExplainBits(items);

    private static WeibullLikelihood RequireAnswers(WeibullLikelihood times, torch.Tensor z)
    {
        if (!TrainingStep.IsComputed && !z.requires_grad)
        {
            Shape.RequireAnswers(ItemsFirst(times.LogScale), nameof(z));
            Shape.RequireAnswers(ItemsFirst(times.Shape), nameof(z));
        }
        return times;

        // Of samples [K, N] the item is to be named, not the sample.
        static torch.Tensor ItemsFirst(torch.Tensor numbers) => numbers.Dimensions == 0 ? numbers.reshape(1) : numbers.transpose(0, -1);
    }

    private void RequireLatents(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        Shape.RequireFiniteInput(z, nameof(z));
    }
}
