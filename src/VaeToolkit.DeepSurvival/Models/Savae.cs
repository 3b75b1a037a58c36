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
public sealed partial class Savae : torch.nn.Module, IGraphModel, IDescribedPart
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
    private readonly double _logTimeScale;

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
        _logTimeScale = Math.Log(timeScale);
        this.RegisterBuffer("log_time_scale", torch.tensor((float)_logTimeScale));
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

    /// <summary>Registers nothing beyond the parts; see <see cref="Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        this.MakeExact("log_time_scale", [_logTimeScale]);
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
