using System.Text.Json;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Survival;
using VaeToolkit.Training;

namespace VaeToolkit.DeepSurvival;

/// <summary>
/// The survival-analysis VAE of Beaulac, Rosenthal and Hodgson (2018): p(x, t, y, z) = p(z) p(x|z) p(t|x) p(y|t,z), with p(z) = N(0, I),
/// covariates x of all kinds and with missing values, treatments t, and right-censored times y that are Weibull given (t, z);
/// q(z|x,y) is a diagonal normal (eq. 10 to 14).
/// </summary>
/// <remarks>Another model of the same name (Apellániz et al. 2023) has no treatments and an encoder without y.</remarks>
public sealed class Savae : torch.nn.Module, IGraphModel, IDescribedPart
{
    internal const string PartName = "savae";

    /// <summary>The kind that saved models carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.savae";

    private const int FormatVersion = 1;
    private const string DescriptionKey = "model";

    private readonly PatientLayout _layout;
    private readonly MlpEncoder _encoder;
    private readonly CovariateDecoder _decoder;
    private readonly SurvivalHead _survival;
    private readonly TreatmentHead? _treatment;
    private readonly StandardNormalPrior _prior;

    /// <summary>Makes the model with PyTorch's initial weights.</summary>
    /// <param name="schema">The covariates, fitted on training rows.</param>
    /// <param name="timeScale">The unit in which the networks see time, positive: the mean of the training times is a good one.
    /// Results are in the data's own unit.</param>
    /// <param name="treatments">The treatments; null for a study without.</param>
    /// <param name="options">Sizes; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeScale"/> or the latent size is out of range.</exception>
    /// <exception cref="ArgumentException">A layer has no units, or there is no hidden layer.</exception>
    public Savae(CovariateSchema schema, double timeScale, TreatmentSet? treatments = null, SavaeOptions? options = null)
        : base(nameof(Savae))
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (!(timeScale > 0 && double.IsFinite(timeScale)))
            throw new ArgumentOutOfRangeException(nameof(timeScale), timeScale, "The unit of time must be positive and finite.");
        (Options, Treatments) = (options ?? new(), treatments ?? new TreatmentSet());
        _layout = new PatientLayout(schema, Treatments);
        var (z, hidden, activation) = (Options.LatentSize, Options.Hidden, Options.Activation);
        _encoder = new MlpEncoder(_layout.ViewWidth + 2 + (Options.EncoderSeesTreatment ? Treatments.CodeWidth : 0), z, hidden,
            new() { Activation = activation });
        _decoder = new CovariateDecoder(_layout, z, hidden, activation);
        _survival = new SurvivalHead(Treatments.CodeWidth, z, hidden, activation);
        _treatment = Treatments.CodeWidth > 0 ? new TreatmentHead(Treatments, _layout.ViewWidth, hidden, activation) : null;
        _prior = new StandardNormalPrior(z);
        register_module("encoder", _encoder);
        register_module("decoder", _decoder);
        register_module("survival", _survival);
        if (_treatment is not null)
            register_module("treatment", _treatment);
        register_module("prior", _prior);
        this.RegisterBuffer("log_time_scale", torch.tensor((float)Math.Log(timeScale)));
    }

    /// <summary>The options.</summary>
    public SavaeOptions Options { get; }

    /// <summary>The covariates.</summary>
    public CovariateSchema Schema => _layout.Schema;

    /// <summary>The treatments.</summary>
    public TreatmentSet Treatments { get; }

    /// <summary>Number of latent features Z.</summary>
    public int LatentSize => Options.LatentSize;

    /// <summary>p(z).</summary>
    public Prior Prior => _prior;

    string IGraphModel.GraphKind => Kind;

    IReadOnlyList<long> IGraphModel.ItemShape => [_layout.Width];

    long IGraphModel.LatentSize => LatentSize;

    IReadOnlyList<GraphDefinition> IGraphModel.Graphs =>
    [
        SavaeGraphs.Encoder(_encoder, _layout, Options.EncoderSeesTreatment, LogTimeScale),
        SavaeGraphs.Decoder(_decoder, _layout),
        SavaeGraphs.Sampler(_prior, _decoder, _layout),
        SavaeGraphs.Survival(_survival, LatentSize, Treatments.CodeWidth, LogTimeScale),
    ];

    private torch.Tensor LogTimeScale => get_buffer("log_time_scale")!;

    /// <summary>Patients as this model takes them: rows of W numbers of its type, on the CPU, which the caller disposes.</summary>
    /// <param name="data">The patients.</param>
    /// <exception cref="ArgumentException">They were encoded by another schema, or have other treatments, or a count is above 10¹⁷.
    /// </exception>
    public TensorData Items(PatientData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        RequireOwn(data.Covariates, nameof(data));
        if (!data.Treatments.IsSameAs(Treatments))
            throw new ArgumentException("The patients' treatments are another set than the model's.", nameof(data));
        using var items = torch.tensor(_layout.Pack(data), LogTimeScale.dtype, torch.CPU).DetachFromDisposeScope();
        return new TensorData(items);
    }

    /// <summary>q(z|x,y), or q(z|x,y,t) where the encoder sees the treatment.</summary>
    /// <param name="items">Rows <c>[N, W]</c> of <see cref="Items(PatientData)"/>.</param>
    /// <exception cref="ArgumentException">The rows have another width or type, hold NaN or infinity, or there are none; or what says
    /// whether something was observed or given is neither 0 nor 1: the message names row and value.</exception>
    public Posterior Encode(torch.Tensor items)
    {
        RequireFiniteRows(items);
        var response = torch.cat([LogTime(items).unsqueeze(-1) - LogTimeScale, Observed(items).unsqueeze(-1)], dim: -1);
        return _encoder.forward(Options.EncoderSeesTreatment ? torch.cat([View(items), response, Code(items)], dim: -1)
            : torch.cat([View(items), response], dim: -1));
    }

    /// <summary>
    /// p(x|z): a likelihood of rows of targets, of which <see cref="CovariateLogProb"/> takes those of the items. Normal in a standardised
    /// number (so log-normal in a positive one), Bernoulli, Poisson, categorical, or by cumulative logits.
    /// </summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size, or one is NaN or infinite.</exception>
    public Likelihood Decode(torch.Tensor z)
    {
        RequireLatents(z);
        return _decoder.forward(z);
    }

    /// <summary>ln p(x|z) of the covariates that were observed, in nats; those that were not have no term (missing at random).</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <param name="z">Latent vectors <c>[N, Z]</c>, <c>[K, N, Z]</c>, or <c>[K, 1, Z]</c>, which are compared with every row.</param>
    /// <returns><c>[N]</c> or <c>[K, N]</c>.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>, or the latent vectors have another width.</exception>
    public torch.Tensor CovariateLogProb(torch.Tensor items, torch.Tensor z)
    {
        RequireFiniteRows(items);
        return Decode(z).LogProb(Targets(items));
    }

    /// <summary>ln p(t|x) of the treatments that were given, in nats, <c>[N]</c>; 0 without treatments.</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>.</exception>
    public torch.Tensor TreatmentLogProb(torch.Tensor items)
    {
        RequireFiniteRows(items);
        return _treatment is null ? torch.zeros_like(LogTime(items)) : _treatment.LogProb(View(items), Code(items));
    }

    /// <summary>p(y|t,z) under the treatments that were given, with y in the data's own unit.</summary>
    /// <param name="items">Rows <c>[N, W]</c>.</param>
    /// <param name="z">Latent vectors <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The rows have another width or type, or the latent vectors another shape, or one is NaN or
    /// infinite.</exception>
    public WeibullLikelihood TimesGiven(torch.Tensor items, torch.Tensor z)
    {
        RequireFiniteRows(items);
        RequireLatents(z);
        if (z.Dimensions != 3 || z.shape[1] != items.shape[0])
            throw new ArgumentException(
                $"z has shape {Shape.Text(z)} for items {Shape.Text(items)}; it must be [K, {items.shape[0]}, {LatentSize}]", nameof(z));
        return _survival.Distribution(Code(items).expand(z.shape[0], -1, -1), z, LogTimeScale);
    }

    /// <summary>p(y|t,z) under a combination of treatments, with y in the data's own unit.</summary>
    /// <param name="combination">The combination, from 0 to T − 1.</param>
    /// <param name="z">Latent vectors <c>[..., Z]</c>.</param>
    /// <returns>Distributions <c>[...]</c>.</returns>
    /// <exception cref="ArgumentException">The latent vectors have another width, or one is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such combination.</exception>
    public WeibullLikelihood TimesUnder(int combination, torch.Tensor z)
    {
        Treatments.Require(combination, nameof(combination));
        RequireLatents(z);
        var code = torch.tensor(Treatments.Code(combination), dtype: z.dtype, device: z.device);
        return _survival.Distribution(code.expand([.. z.shape[..^1], code.shape[0]]), z, LogTimeScale);
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
        var weights = torch.tensor(Treatments.CodeWeights(), dtype: items.dtype, device: items.device).unsqueeze(-1);
        var given = Code(items).mm(weights).squeeze(-1).to(torch.int64);
        var times = new WeibullLikelihood(Given(under.Select(w => w.LogScale)), Given(under.Select(w => w.Shape)));
        return (covariates + TimeLogProb(items, times)).logsumexp(0) - covariates.logsumexp(0);

        torch.Tensor Given(IEnumerable<torch.Tensor> numbers) => torch.stack([.. numbers], dim: -1).index_select(-1, given);
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public Savae to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>
    /// Writes the model as a folder: <see cref="ModelFolder.Save"/>. The schema with all that was fitted, the treatments, the options and
    /// the weights are all that predicting for new patients needs; no patient is in it.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder) => ModelFolder.Save(this, folder);

    /// <summary>
    /// Makes the model of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>. New patients are encoded by its
    /// <see cref="Schema"/>. Single files, which the library wrote before there were folders, are read as well.
    /// </summary>
    /// <param name="path">The folder, or the file.</param>
    /// <returns>The model, in the type that was saved, on the CPU, which the caller disposes.</returns>
    /// <exception cref="ModelFolderException">The folder holds something else, or is damaged.</exception>
    /// <exception cref="SafeTensorsException">A file is damaged, or of another kind.</exception>
    /// <exception cref="WeightsMismatchException">The weights are not those of the model that the file describes.</exception>
    /// <exception cref="IOException">There is no such folder or file, or it cannot be read.</exception>
    public static Savae Load(string path) => File.Exists(path) ? LoadFile(path) : ModelFolder.Load<Savae>(path);

    private static Savae LoadFile(string path)
    {
        var model = Describe(path);
        model.eval();
        try
        {
            ModelWeights.Load(model, path, Kind);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The covariates, the latent features and the treatments.</summary>
    public override string ToString()
        => $"{nameof(Savae)}: {Schema.Columns.Count} covariates ↔ {LatentSize} latent features → times under "
            + $"{Treatments.Count} treatment(s)";

    /// <summary>Rows of which only the covariates are known, <c>[N, W]</c>, of the caller's dispose scope.</summary>
    internal torch.Tensor Rows(EncodedCovariates covariates)
    {
        RequireOwn(covariates, nameof(covariates));
        return torch.tensor(_layout.Pack(covariates), LogTimeScale.dtype, LogTimeScale.device);
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

    /// <summary>Registers nothing beyond the parts; see <see cref="Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    private static Savae Describe(string path)
    {
        using var file = SafeTensors.Read(path);
        file.RequireKind(Kind, FormatVersion);
        try
        {
            var description = JsonSerializer.Deserialize(
                file.Metadata.GetValueOrDefault(DescriptionKey, "null"), SavaeJson.Default.SavaeDescription);
            var model = (description ?? throw new FormatException("there is no description of the model")).ToModel();
            return file.Tensors.TryGetValue("log_time_scale", out var scale) && scale.dtype == torch.float64 ? model.to(torch.float64)
                : model;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException)
        {
            throw new SafeTensorsException(path, 0, exception.Message, DescriptionKey, exception);
        }
    }

    /// <summary>As <see cref="CovariateLogProb"/>, of rows that are in the support: prediction asks for them over and over.</summary>
    internal torch.Tensor CovariateLogProbOfChecked(torch.Tensor items, torch.Tensor z)
    {
        _layout.RequireRows(items, LogTimeScale.dtype);
        return Decode(z).LogProbOfChecked(Targets(items));
    }

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

    private void RequireLatents(torch.Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireLastAxis(z, LatentSize, "the latent size", nameof(z));
        Shape.RequireFiniteInput(z, nameof(z));
    }

    private void RequireOwn(EncodedCovariates covariates, string name)
    {
        ArgumentNullException.ThrowIfNull(covariates, name);
        if (covariates.Schema != Schema)
            throw new ArgumentException(
                "The covariates were encoded by another schema than the model's; encode them with Savae.Schema.", name);
    }

    PartDescription IDescribedPart.Describe() => SavaeDescription.Of(this);

    internal static Savae From(PartOptions options) => SavaeDescription.Read(options);
}
