using System.Globalization;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// A variational autoencoder (Kingma &amp; Welling 2014): an encoder q(z|x), a decoder p(x|z) and a prior p(z). It owns the three.
/// </summary>
public sealed class Vae : torch.nn.Module, IGraphModel, IDescribedPart
{
    /// <summary>The kind that saved weights carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.vae";

    internal const string PartName = "vae";

    /// <summary>Puts the parts together.</summary>
    /// <param name="encoder">q(z|x).</param>
    /// <param name="decoder">p(x|z).</param>
    /// <param name="prior">p(z).</param>
    /// <exception cref="ArgumentException">The parts disagree about the number of latent features,
    /// or the prior was made from another encoder.</exception>
    public Vae(Encoder encoder, Decoder decoder, Prior prior)
        : base(nameof(Vae))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentNullException.ThrowIfNull(prior);
        LatentAgreement.Require(encoder.LatentSize, decoder.LatentSize, prior.LatentSize);
        prior.RequireFits(encoder);
        (Encoder, Decoder, Prior) = (encoder, decoder, prior);
        register_module("encoder", encoder);
        register_module("decoder", decoder);
        register_module("prior", prior);
    }

    /// <summary>q(z|x).</summary>
    public Encoder Encoder { get; }

    /// <summary>p(x|z).</summary>
    public Decoder Decoder { get; }

    /// <summary>p(z).</summary>
    public Prior Prior { get; }

    /// <summary>Number of latent features Z.</summary>
    public long LatentSize => Prior.LatentSize;

    /// <summary>Shape of one item, as the decoder makes it.</summary>
    public IReadOnlyList<long> ItemShape => Decoder.ItemShape;

    string IGraphModel.GraphKind => Kind;

    IReadOnlyList<GraphDefinition> IGraphModel.Graphs
        => [LatentGraphs.Encoder(Encoder, ItemShape), LatentGraphs.Decoder(Decoder), LatentGraphs.Sampler(Prior, Decoder)];

    /// <summary>q(z|x) of a batch.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <exception cref="ArgumentException">
    /// There are no items, they are not in the model's item shape (or flat), a value is NaN or infinite, or they do not fit the encoder.
    /// </exception>
    /// <exception cref="ArithmeticException">An item's posterior mean is NaN, since its values are too large for the model; the message
    /// names the item. Within a step of training that is not looked at.</exception>
    public Posterior Encode(torch.Tensor x) => EncodeBatch(x, nameof(x), before: 0);

    /// <summary>The same of a batch of data, of which some items came before it: messages say which of all it is.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="name">What the data are called in messages.</param>
    /// <param name="before">How many came before.</param>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>.</exception>
    /// <exception cref="ArithmeticException">Likewise.</exception>
    public Posterior EncodeBatch(torch.Tensor x, string name, long before)
    {
        Shape.RequireItems(x, ItemShape, name);
        Shape.RequireFinite(x, name, before);
        Encoder.RequireReadable(x, name);
        var posterior = EncodeOfChecked(x);
        if (!TrainingStep.IsComputed)
            Shape.RequireAnswers(posterior.Mean, name, before);
        return posterior;
    }

    /// <summary>p(x|z) of a batch.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">
    /// The latent vectors do not fit the decoder, or one is NaN or infinite; where gradients flow through them, as in a step of training,
    /// that is not looked at.
    /// </exception>
    /// <exception cref="ArithmeticException">What a latent vector decodes to is NaN, since its values are too large for the model; the
    /// message names it. Within a step of training, or where gradients flow, that is not looked at.</exception>
    public Likelihood Decode(torch.Tensor z)
    {
        Shape.RequireFiniteInput(z, nameof(z));
        return Shape.RequireAnswers(DecodeOfChecked(z), z, nameof(z));
    }

    /// <summary>E[x | z = E_q[z|x]]: every item's reconstruction from its posterior mean, in evaluation mode, without gradients.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <returns><c>[N, *item]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Encode"/>.</exception>
    /// <exception cref="ArithmeticException">A reconstruction is NaN; the message names the item.</exception>
    public torch.Tensor Reconstruct(torch.Tensor x)
    {
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        return Fresh(Shape.RequireAnswers(DecodeOfChecked(Encode(x).Mean).Mean, nameof(x)));
    }

    /// <summary>
    /// New items for z drawn from the prior, in evaluation mode, without gradients: their means E[x|z], or draws from p(x|z).
    /// </summary>
    /// <param name="count">N, at least 1.</param>
    /// <param name="seed">The same seed gives the same items, and the caller's random numbers are left as they were;
    /// null takes them from TorchSharp's default generator.</param>
    /// <param name="draws">Whether items are drawn from p(x|z); by default they are its means.</param>
    /// <returns><c>[N, *item]</c>, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public torch.Tensor Sample(long count, long? seed = null, bool draws = false)
    {
        using var mode = EvaluationMode.Enter(this);
        using var seedScope = seed is { } given ? NoiseSource.Begin(this, given) : null;
        using var scope = torch.NewDisposeScope();
        var likelihood = DecodeOfChecked(SampleLatents(count));
        return Fresh(draws ? likelihood.Sample() : likelihood.Mean);
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public Vae to(string device) => DeviceName.Move(device, to => this.to(to));

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
    public static Vae Load(string folder) => ModelFolder.Load<Vae>(folder);

    /// <summary>A model of its own with the same parts and weights: <see cref="ModelFolder.Copy"/>.</summary>
    /// <returns>The copy; the caller disposes it.</returns>
    /// <exception cref="NotSupportedException">A part does not say how it is made, or is not registered.</exception>
    public Vae Copy() => ModelFolder.Copy(this);

    /// <summary>
    /// A copy for programs that use the model: it never changes, and any number of threads may ask it, while this one is trained on.
    /// </summary>
    /// <returns>The frozen copy; the caller disposes it. <see cref="FrozenVae.Own"/> takes a model over without copying it.</returns>
    /// <exception cref="NotSupportedException">A part does not say how it is made, or is not registered; the message has the line to
    /// write.</exception>
    /// <exception cref="InvalidOperationException">Another thread is training the model; or its prior, given a seed twice, does not draw
    /// the same twice.</exception>
    public FrozenVae Freeze() => FrozenVae.Of(this);

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

    /// <summary>The parts, their shapes and the number of parameters of each.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        $"Vae: {Shape.Text(ItemShape)} ↔ {LatentSize} latent features, {Count(this)} parameters",
        $"  encoder  {Encoder}, {Count(Encoder)} parameters",
        $"  decoder  {Decoder}, {Count(Decoder)} parameters",
        $"  prior    {Prior}, {Count(Prior)} parameters");

    /// <summary>q(z|x) of items that somebody has looked through for NaN already.</summary>
    public Posterior EncodeOfChecked(torch.Tensor x)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        return EngineError.Of(Encoder, x, nameof(x), () => Encoder.forward(x));
    }

    /// <summary>p(x|z) of latent vectors that the model has drawn or encoded itself.</summary>
    public Likelihood DecodeOfChecked(torch.Tensor z) => EngineError.Of(Decoder, z, nameof(z), () => Decoder.forward(z));

    /// <summary>z drawn from the prior, <c>[N, Z]</c>, in the decoder's type and on its device.</summary>
    public torch.Tensor SampleLatents(long count) => Prior.SampleFor(Decoder, count);

    /// <summary>Registers nothing beyond the three parts; see <see cref="Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("encoder", Encoder).With("decoder", Decoder).With("prior", Prior);

    internal static Vae From(PartOptions options)
    {
        var encoder = options.Part<Encoder>("encoder");
        return new(encoder, options.Part<Decoder>("decoder"), options.Part<Prior>("prior", given: encoder));
    }

    private static string Count(torch.nn.Module module)
        => module.parameters().Sum(p => p.NumberOfElements).ToString("N0", CultureInfo.InvariantCulture);

    // A likelihood may hand out a tensor that it holds; the caller gets one of its own.
    private static torch.Tensor Fresh(torch.Tensor result) => result.alias().MoveToOuterDisposeScope();
}
