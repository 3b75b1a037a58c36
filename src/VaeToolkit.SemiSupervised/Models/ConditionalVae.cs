using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// A conditional variational autoencoder: q(z|x,y), p(x|y,z) and a prior p(z) that does not depend on y, so that z holds what y does not
/// say (Kingma et al. 2014, eq. 2). It owns the three.
/// </summary>
public sealed partial class ConditionalVae : torch.nn.Module, IGraphModel, IDescribedPart
{
    internal const string PartName = "conditional-vae";

    /// <summary>The kind that saved weights carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.conditional-vae";

    private LabelSpace? _labels;

    /// <summary>Puts the parts together.</summary>
    /// <param name="encoder">q(z|x,y).</param>
    /// <param name="decoder">p(x|y,z).</param>
    /// <param name="prior">p(z); not one that is made from an encoder of x alone, such as a VampPrior.</param>
    /// <param name="labels">What a label row says, where a label has several things;
    /// null for one label of as many classes as a row is wide.</param>
    /// <exception cref="ArgumentException">The parts disagree about the latent features or the label rows,
    /// or the prior is made from an encoder.</exception>
    public ConditionalVae(ConditionalEncoder encoder, ConditionalDecoder decoder, Prior prior, LabelSpace? labels = null)
        : base(nameof(ConditionalVae))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(prior);
        LatentAgreement.Require(encoder.LatentSize, decoder.LatentSize, prior.LatentSize);
        if (decoder.LabelSize != encoder.LabelSize)
            throw new ArgumentException(
                $"encoder takes label rows of {encoder.LabelSize}, decoder of {decoder.LabelSize}", nameof(decoder));
        if (labels is not null)
            RequireRows(labels, decoder.LabelSize, nameof(labels));
        if (prior is VampPrior)
            throw new ArgumentException("a VampPrior is made from an encoder of x alone, and this one also takes y", nameof(prior));
        (Encoder, Decoder, Prior, _labels) = (encoder, decoder, prior, labels);
        register_module("encoder", encoder);
        register_module("decoder", decoder);
        register_module("prior", prior);
    }

    /// <summary>q(z|x,y).</summary>
    public ConditionalEncoder Encoder { get; }

    /// <summary>p(x|y,z).</summary>
    public ConditionalDecoder Decoder { get; }

    /// <summary>p(z).</summary>
    public Prior Prior { get; }

    /// <summary>Number of latent features Z.</summary>
    public long LatentSize => Prior.LatentSize;

    /// <summary>Width Y of a label row.</summary>
    public long LabelSize => Decoder.LabelSize;

    /// <summary>
    /// What a label row says, by which rows are checked: given, or that of the <see cref="M2Model"/> it belongs to,
    /// or else one label of Y classes.
    /// </summary>
    public LabelSpace Labels => _labels ?? (LabelSize == 1 ? LabelSpace.Trivial : new(LabelSize));

    /// <summary>Shape of one item.</summary>
    public IReadOnlyList<long> ItemShape => Decoder.ItemShape;

    string IGraphModel.GraphKind => Kind;

    IReadOnlyList<GraphDefinition> IGraphModel.Graphs => ConditionalGraphs.Of(this);

    /// <summary>q(z|x,y) of a batch.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="y">Label rows <c>[N, Y]</c>.</param>
    /// <exception cref="ArgumentException">
    /// There are no items, they are not in the model's item shape (or flat), a value of theirs or of the label rows is NaN or infinite, or
    /// the two do not fit the encoder. Where gradients flow through the label rows, their values are not looked at.
    /// </exception>
    /// <exception cref="ArithmeticException">An item's posterior mean is NaN, since its values are too large for the model; the message
    /// names the item. Within a step of training that is not looked at.</exception>
    public Posterior Encode(torch.Tensor x, torch.Tensor y)
    {
        RequireFinite(x);
        Shape.RequireFiniteInput(y, nameof(y));
        var posterior = EncodeOfChecked(x, y);
        if (!TrainingStep.IsComputed)
            Shape.RequireAnswers(posterior.Mean, nameof(x));
        return posterior;
    }

    /// <summary>p(x|y,z) of a batch.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <param name="y">Label rows <c>[N, Y]</c> or <c>[K, N, Y]</c>.</param>
    /// <exception cref="ArgumentException">They do not fit the decoder, or a latent vector or a label row is NaN or infinite; where
    /// gradients flow through them, that is not looked at.</exception>
    /// <exception cref="ArithmeticException">As of <see cref="Vae.Decode"/>.</exception>
    public Likelihood Decode(torch.Tensor z, torch.Tensor y)
    {
        Shape.RequireFiniteInput(z, nameof(z));
        Shape.RequireFiniteInput(y, nameof(y));
        var likelihood = DecodeOfChecked(z, y);
        return y.requires_grad ? likelihood : Shape.RequireAnswers(likelihood, z, nameof(z));
    }

    /// <summary>E[x | y, z = E_q[z|x,y]], in evaluation mode, without gradients.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="y">Their label rows <c>[N, Y]</c>.</param>
    /// <returns><c>[N, *item]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">They do not fit the model, or a value is NaN or infinite.</exception>
    /// <exception cref="ArithmeticException">A reconstruction is NaN; the message names the item.</exception>
    public torch.Tensor Reconstruct(torch.Tensor x, torch.Tensor y)
    {
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        return Shape.RequireAnswers(DecodeOfChecked(Encode(x, y).Mean, y).Mean, nameof(x)).alias().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// New items with z drawn from the prior, one for every label row, in evaluation mode, without gradients: their means E[x|y,z], or
    /// draws from p(x|y,z).
    /// </summary>
    /// <param name="y">Label rows <c>[N, Y]</c>, each a probability vector (or several, side by side).</param>
    /// <param name="seed">The same seed gives the same items, and the caller's random numbers are left as they were;
    /// null takes them from TorchSharp's default generator.</param>
    /// <param name="draws">Whether items are drawn from p(x|y,z); by default they are its means.</param>
    /// <returns><c>[N, *item]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The rows have another width, or one is no label; the message names it.</exception>
    public torch.Tensor Sample(torch.Tensor y, long? seed = null, bool draws = false)
    {
        RequireLabels(y);
        using var mode = EvaluationMode.Enter(this);
        using var seedScope = seed is { } given ? NoiseSource.Begin(this, given) : null;
        using var scope = torch.NewDisposeScope();
        return Generated(Prior.SampleFor(Decoder, y.shape[0]), y, draws).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public ConditionalVae to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>Writes the model as a folder that <see cref="Load"/> opens without code: <see cref="ModelFolder.Save"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="NotSupportedException">A part does not say how it is made.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder) => ModelFolder.Save(this, folder);

    /// <summary>Makes the model of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>.</summary>
    /// <param name="folder">The folder, also a checkpoint of training such as <c>run/best</c>.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">It holds something else, is damaged, or has parts that this program has not.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static ConditionalVae Load(string folder) => ModelFolder.Load<ConditionalVae>(folder);

    /// <summary>Writes the weights and persistent buffers as safetensors, to a temporary name first.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(string path) => ModelWeights.Save(this, path, Kind);

    /// <summary>Reads weights that <see cref="SaveWeights"/> wrote. Nothing is changed unless everything fits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ignoreDescription">Whether weights that fit are read even where the file says that they are of a model with other
    /// options, such as another activation.</param>
    /// <exception cref="SafeTensorsException">The file is damaged, or of another kind.</exception>
    /// <exception cref="WeightsMismatchException">The weights are of another model:
    /// all missing, unexpected and wrongly shaped keys are listed, and all options that differ.</exception>
    public void LoadWeights(string path, bool ignoreDescription = false) => ModelWeights.Load(this, path, Kind, ignoreDescription);

    /// <summary>The parts.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        $"ConditionalVae: {Shape.Text(ItemShape)} ↔ {LatentSize} latent features, label rows of {LabelSize}",
        $"  encoder  {Encoder}",
        $"  decoder  {Decoder}",
        $"  prior    {Prior}");

    /// <summary>q(z|x,y) of items that somebody has looked through for NaN already.</summary>
    internal Posterior EncodeOfChecked(torch.Tensor x, torch.Tensor y)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        ArgumentNullException.ThrowIfNull(y);
        return EngineError.Of(Encoder, x, nameof(x), () => Encoder.forward(x, y.to(x.dtype, x.device)));
    }

    /// <summary>p(x|y,z) of latent vectors that the model has drawn or encoded itself.</summary>
    internal Likelihood DecodeOfChecked(torch.Tensor z, torch.Tensor y)
    {
        ArgumentNullException.ThrowIfNull(y);
        return EngineError.Of(Decoder, z, nameof(z), () => Decoder.forward(z, y.to(z.dtype, z.device)));
    }

    /// <summary>q(z|x,y) of every such item with each of C label rows, as <see cref="ConditionalEncoder.ForEach"/> has them.</summary>
    internal Posterior EncodeForEach(torch.Tensor x, torch.Tensor labels)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        return EngineError.Of(Encoder, x, nameof(x), () => Encoder.ForEach(x, labels));
    }

    /// <summary>Requires items in the model's shape or flat, at least one, and finite.</summary>
    internal void RequireFinite(torch.Tensor x)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        Shape.RequireFinite(x, nameof(x));
    }

    /// <summary>Takes over what the label rows say, unless the caller said it.</summary>
    /// <exception cref="ArgumentException">The caller said otherwise, or the rows have another width.</exception>
    internal void Adopt(LabelSpace labels, string name)
    {
        RequireRows(labels, LabelSize, name);
        if (_labels is not null && !_labels.Sizes.SequenceEqual(labels.Sizes))
            throw new ArgumentException($"the autoencoder's labels are {_labels}, the model's {labels}", name);
        _labels = labels;
    }

    /// <summary>Why items are outside of p(x|y,z)'s support, which depends neither on z nor on y; null when they are inside.</summary>
    internal string? ExplainOutsideSupport(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        return AnyLikelihood(x).ExplainOutsideSupport(x);
    }

    /// <summary>Requires items to be inside of it, of which the first has a number in the data.</summary>
    internal void RequireInSupport(torch.Tensor x, long firstItem, string name)
    {
        using var scope = torch.NewDisposeScope();
        if (AnyLikelihood(x).FindOutsideSupport(x) is { } found)
            throw new ArgumentException(FormattableString.Invariant(
                $"item {firstItem + found.Item} of {name} is outside the likelihood's support: {found.Reason}"), name);
    }

    private Likelihood AnyLikelihood(torch.Tensor x)
    {
        var z = torch.zeros([1, LatentSize], x.dtype, x.device).ToWeightsOf(Decoder);
        return DecodeOfChecked(z, Labels.AllRows(z).narrow(0, 0, 1));
    }

    private static void RequireRows(LabelSpace labels, long size, string name)
    {
        if (labels.RowSize != size)
            throw new ArgumentException($"the autoencoder takes label rows of {size}, the labels have rows of {labels.RowSize}", name);
    }

    /// <summary>Registers nothing beyond the three parts.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("encoder", Encoder).With("decoder", Decoder)
        .With("prior", Prior).With("labels", Labels.Sizes);

    internal static ConditionalVae From(PartOptions options) => new(
        options.Part<ConditionalEncoder>("encoder"), options.Part<ConditionalDecoder>("decoder"), options.Part<Prior>("prior"),
        LabelSpace.Of(options.WholeNumbers("labels")));
}
