using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <summary>
/// The deep information bottleneck of two views of one thing: an encoder q(z|x̃) of the input view, a decoder p(x|z) of the target view
/// and a reference r(z), the prior (Alemi et al. 2017; Wieczorek and Roth 2020). It owns the three. With a class as target it is the
/// variational information bottleneck; with x = x̃ it is a variational autoencoder.
/// </summary>
public sealed class InformationBottleneck : torch.nn.Module, IGraphModel, IDescribedPart
{
    internal const string PartName = "information-bottleneck";

    /// <summary>The kind that saved weights carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.information-bottleneck";

    private readonly long[] _inputShape;
    private readonly long _inputSize;

    /// <summary>Puts the parts together.</summary>
    /// <param name="encoder">q(z|x̃).</param>
    /// <param name="decoder">p(x|z) of the target view.</param>
    /// <param name="prior">r(z).</param>
    /// <param name="inputShape">Shape of one item of the input view, in which the encoder gets it.</param>
    /// <exception cref="ArgumentException">The parts disagree about the number of latent features,
    /// or the shape has no axes or one below 1.</exception>
    public InformationBottleneck(Encoder encoder, Decoder decoder, Prior prior, params IReadOnlyList<long> inputShape)
        : base(nameof(InformationBottleneck))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(prior);
        LatentAgreement.Require(encoder.LatentSize, decoder.LatentSize, prior.LatentSize);
        prior.RequireFits(encoder);
        _inputShape = Shape.RequireItemShape(inputShape, nameof(inputShape));
        _inputSize = Shape.Size(_inputShape);
        (Encoder, Decoder, Prior) = (encoder, decoder, prior);
        register_module("encoder", encoder);
        register_module("decoder", decoder);
        register_module("prior", prior);
    }

    /// <summary>q(z|x̃).</summary>
    public Encoder Encoder { get; }

    /// <summary>p(x|z).</summary>
    public Decoder Decoder { get; }

    /// <summary>r(z).</summary>
    public Prior Prior { get; }

    /// <summary>Number of latent features Z.</summary>
    public long LatentSize => Prior.LatentSize;

    /// <summary>Shape of one item of the input view.</summary>
    public IReadOnlyList<long> InputShape => _inputShape;

    /// <summary>Shape of one item of the target view.</summary>
    public IReadOnlyList<long> TargetShape => Decoder.ItemShape;

    string IGraphModel.GraphKind => Kind;

    IReadOnlyList<long> IGraphModel.ItemShape => TargetShape;

    IReadOnlyList<GraphDefinition> IGraphModel.Graphs
        => [LatentGraphs.Encoder(Encoder, InputShape), LatentGraphs.Decoder(Decoder), LatentGraphs.Sampler(Prior, Decoder)];

    /// <summary>q(z|x̃) of a batch.</summary>
    /// <param name="input">Items of the input view, <c>[N, *input]</c>.</param>
    /// <exception cref="ArgumentException">
    /// There are no items, they are not in the input view's shape (or flat), a value is NaN or infinite, or they do not fit the encoder.
    /// </exception>
    /// <exception cref="ArithmeticException">An item's posterior mean is NaN, since its values are too large for the model; the message
    /// names the item. Within a step of training that is not looked at.</exception>
    public Posterior Encode(torch.Tensor input)
    {
        Shape.RequireItems(input, _inputShape, nameof(input));
        Shape.RequireFinite(input, nameof(input));
        var posterior = EncodeOfChecked(input);
        if (!TrainingStep.IsComputed)
            Shape.RequireAnswers(posterior.Mean, nameof(input));
        return posterior;
    }

    /// <summary>p(x|z) of a batch.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors do not fit the decoder, or one is NaN or infinite; where gradients flow
    /// through them, that is not looked at.</exception>
    /// <exception cref="ArithmeticException">As of <see cref="Vae.Decode"/>.</exception>
    public Likelihood Decode(torch.Tensor z)
    {
        Shape.RequireFiniteInput(z, nameof(z));
        return Shape.RequireAnswers(DecodeOfChecked(z), z, nameof(z));
    }

    /// <summary>
    /// E[x|x̃], the target view given the input view, averaged over samples of z: class probabilities where the target is a class. In
    /// evaluation mode, without gradients.
    /// </summary>
    /// <param name="input">Items of the input view, <c>[N, *input]</c>.</param>
    /// <param name="samples">Samples of z an item, at least 1; default 12 (Alemi et al. 2017).</param>
    /// <param name="seed">The same seed gives the same answer, whatever other threads draw; null takes random numbers from TorchSharp's
    /// default generator.</param>
    /// <returns><c>[N, *target]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The items do not fit the encoder.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    /// <exception cref="ArithmeticException">The answer for an item is NaN; the message names the item.</exception>
    public torch.Tensor Predict(torch.Tensor input, int samples = 12, long? seed = null)
    {
        using var mode = EvaluationMode.Enter(this);
        using var noise = seed is { } given ? NoiseSource.Begin(this, given) : null;
        using var scope = torch.NewDisposeScope();
        var answers = DecodeOfChecked(Encode(input).RSample(samples)).Mean.mean([0L]);
        return Shape.RequireAnswers(answers, nameof(input)).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public InformationBottleneck to(string device) => DeviceName.Move(device, to => this.to(to));

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
    public static InformationBottleneck Load(string folder) => ModelFolder.Load<InformationBottleneck>(folder);

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
        $"InformationBottleneck: {Shape.Text(_inputShape)} → {LatentSize} latent features → {Shape.Text(TargetShape)}",
        $"  encoder  {Encoder}",
        $"  decoder  {Decoder}",
        $"  prior    {Prior}");

    /// <summary>q(z|x̃) of items that somebody has looked through for NaN already.</summary>
    internal Posterior EncodeOfChecked(torch.Tensor input)
    {
        Shape.RequireItems(input, _inputShape, nameof(input));
        return EngineError.Of(Encoder, input, nameof(input), () => Encoder.forward(input));
    }

    /// <summary>p(x|z) of latent vectors that the model has drawn itself.</summary>
    internal Likelihood DecodeOfChecked(torch.Tensor z) => EngineError.Of(Decoder, z, nameof(z), () => Decoder.forward(z));

    /// <summary>The two views of a batch of <see cref="TwoViews"/>: <c>[N, *input]</c> and <c>[N, D]</c>.</summary>
    internal (torch.Tensor Input, torch.Tensor Target) Views(torch.Tensor pairs)
    {
        var targetSize = Shape.Size(TargetShape);
        var flat = Shape.Flat(pairs, _inputSize + targetSize, nameof(pairs));
        return (flat.narrow(1, 0, _inputSize).reshape([-1, .. _inputShape]), flat.narrow(1, _inputSize, targetSize));
    }

    /// <summary>
    /// Why targets of a batch of pairs are outside of p(x|z)'s support, which does not depend on z; null when they are inside.
    /// </summary>
    internal string? ExplainOutsideSupport(torch.Tensor pairs)
    {
        using var scope = torch.NewDisposeScope();
        return AnyLikelihood(pairs).ExplainOutsideSupport(Views(pairs).Target);
    }

    /// <summary>Requires targets to be inside of it, of which the first has a number in the data.</summary>
    internal void RequireInSupport(torch.Tensor pairs, long firstItem, string name)
    {
        using var scope = torch.NewDisposeScope();
        if (AnyLikelihood(pairs).FindOutsideSupport(Views(pairs).Target) is { } found)
            throw new ArgumentException(FormattableString.Invariant(
                $"item {firstItem + found.Item} of {name} is outside the likelihood's support: {found.Reason}"), name);
    }

    private Likelihood AnyLikelihood(torch.Tensor pairs)
        => DecodeOfChecked(torch.zeros([1, LatentSize], pairs.dtype, pairs.device).ToWeightsOf(Decoder));

    /// <summary>Registers nothing beyond the three parts; see <see cref="VaeToolkit.Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("encoder", Encoder).With("decoder", Decoder)
        .With("prior", Prior).With("input_shape", _inputShape);

    internal static InformationBottleneck From(PartOptions options)
    {
        var encoder = options.Part<Encoder>("encoder");
        return new(
            encoder, options.Part<Decoder>("decoder"), options.Part<Prior>("prior", given: encoder), options.WholeNumbers("input_shape"));
    }
}
