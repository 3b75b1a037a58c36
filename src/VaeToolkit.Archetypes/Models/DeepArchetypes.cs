using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Archetypes;

/// <summary>
/// Deep archetypal analysis (Keller et al. 2019 and 2021): a variational autoencoder whose latent means are mixtures of the k vertices of a
/// fixed simplex, and whose decoder makes an archetype of each vertex. With side information y a second decoder learns it from the same
/// latent code, which turns the simplex so that its vertices are extreme in y too: an information bottleneck.
/// </summary>
public sealed partial class DeepArchetypes : torch.nn.Module, IGraphModel, IDescribedPart
{
    internal const string PartName = "deep-archetypes";

    /// <summary>The kind that saved weights carry in their metadata.</summary>
    public const string Kind = "vaetoolkit.deep-archetypes";

    // So that a batch has items near every vertex.
    private const int ItemsPerArchetype = 20;

    /// <summary>Puts the parts together.</summary>
    /// <param name="encoder">q(t|x) and its two heads.</param>
    /// <param name="decoder">p(x|t).</param>
    /// <param name="prior">p(t): <see cref="DirichletPrior"/>, <see cref="StandardNormalPrior"/> or another one.</param>
    /// <param name="side">The decoder of side information y, whose mean is compared with y; null for none.</param>
    /// <exception cref="ArgumentException">The parts disagree about the number of latent features, k − 1.</exception>
    public DeepArchetypes(ArchetypeEncoder encoder, Decoder decoder, Prior prior, Decoder? side = null)
        : base(nameof(DeepArchetypes))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        Vae = new Vae(encoder, decoder, prior);
        if (side is not null && side.LatentSize != encoder.LatentSize)
            throw new ArgumentException(
                $"the side decoder takes {side.LatentSize} latent features, the others have {encoder.LatentSize}", nameof(side));
        (Encoder, Side) = (encoder, side);
        register_module("vae", Vae);
        if (side is not null)
            register_module("side", side);
    }

    /// <summary>
    /// The model without its side information, as any other autoencoder: what evaluates, exports or serves one takes it. It is this model's
    /// own, which disposes it.
    /// </summary>
    public Vae Vae { get; }

    /// <summary>q(t|x) and its two heads.</summary>
    public ArchetypeEncoder Encoder { get; }

    /// <summary>p(x|t).</summary>
    public Decoder Decoder => Vae.Decoder;

    /// <summary>p(t).</summary>
    public Prior Prior => Vae.Prior;

    /// <summary>The decoder of side information, or null.</summary>
    public Decoder? Side { get; }

    /// <summary>Archetypes k.</summary>
    public int ArchetypeCount => Encoder.Simplex.Count;

    /// <summary>Number of latent features M = k − 1.</summary>
    public long LatentSize => Encoder.LatentSize;

    /// <summary>Shape of one item.</summary>
    public IReadOnlyList<long> ItemShape => Vae.ItemShape;

    /// <summary>20 k: a batch of so many has items near every vertex.</summary>
    public int RecommendedBatchSize => ItemsPerArchetype * ArchetypeCount;

    string IGraphModel.GraphKind => Kind;

    IReadOnlyList<GraphDefinition> IGraphModel.Graphs
    {
        get
        {
            List<GraphDefinition> graphs =
            [
                new("encoder", WriteEncoder), LatentGraphs.Decoder(Decoder), LatentGraphs.Sampler(Prior, Decoder),
            ];
            if (Side is not null)
                graphs.Add(LatentGraphs.Decoder(Side) with { Name = "side" });
            return graphs;
        }
    }

    /// <summary>q(t|x) of a batch.</summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <exception cref="ArgumentException">
    /// There are no items, they are not in the model's item shape (or flat), a value is NaN or infinite, or they do not fit the encoder.
    /// </exception>
    public Posterior Encode(torch.Tensor x) => Vae.Encode(x);

    /// <summary>p(x|t) of a batch.</summary>
    /// <param name="t">Latent vectors <c>[N, M]</c> or <c>[K, N, M]</c>.</param>
    /// <exception cref="ArgumentException">As of <see cref="Vae.Decode"/>.</exception>
    public Likelihood Decode(torch.Tensor t) => Vae.Decode(t);

    /// <summary>p(y|t) of a batch.</summary>
    /// <param name="t">Latent vectors <c>[N, M]</c> or <c>[K, N, M]</c>.</param>
    /// <exception cref="ArgumentException">As of <see cref="Vae.Decode"/>.</exception>
    /// <exception cref="InvalidOperationException">The model has no side information.</exception>
    public Likelihood DecodeSide(torch.Tensor t)
    {
        RequireSide();
        Shape.RequireFiniteInput(t, nameof(t));
        return Shape.RequireAnswers(SideOfChecked(t), t, nameof(t));
    }

    /// <summary>
    /// Items as training takes them: x, and beside it y where the model has side information, in flat rows that the caller disposes.
    /// </summary>
    /// <param name="x">Items <c>[N, *item]</c>.</param>
    /// <param name="y">Side information <c>[N, *side]</c> of the same items and type; null for a model without.</param>
    /// <exception cref="ArgumentException">The shapes do not fit the model or each other, or a value is NaN or infinite.</exception>
    public TensorData Items(torch.Tensor x, torch.Tensor? y = null)
    {
        Shape.RequireItems(x, ItemShape, nameof(x));
        if ((y is null) != (Side is null))
            throw new ArgumentException(
                Side is null ? "the model has no side information, but y is given" : "the model has side information, but y is null",
                nameof(y));
        if (y is null)
            return new TensorData(x);
        Shape.RequireItems(y, Side!.ItemShape, nameof(y));
        Shape.RequireFinite(y, nameof(y));
        if (y.shape[0] != x.shape[0] || y.dtype != x.dtype)
            throw new ArgumentException(
                $"x is {Shape.Text(x)} of {x.dtype}, y {Shape.Text(y)} of {y.dtype}; they must be as many, of one type", nameof(y));
        Shape.RequireFinite(x, nameof(x));
        using var rows = torch.cat([x.detach().flatten(1), y.detach().flatten(1)], 1).DetachFromDisposeScope();
        return new TensorData(rows);
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public DeepArchetypes to(string device) => DeviceName.Move(device, to => this.to(to));

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
    public static DeepArchetypes Load(string folder) => ModelFolder.Load<DeepArchetypes>(folder);

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
        (string[])[$"DeepArchetypes: {Shape.Text(ItemShape)} ↔ {ArchetypeCount} archetypes", $"  encoder  {Encoder}",
            $"  decoder  {Decoder}", $"  prior    {Prior}", .. Side is null ? (string[])[] : [$"  side     {Side}"]]);

    /// <summary>Z, <c>[k, M]</c>: the encoder's own.</summary>
    internal torch.Tensor Vertices => Encoder.Vertices;

    /// <summary>x <c>[N, *item]</c> and flat y <c>[N, Y]</c> of rows that <see cref="Items"/> made.</summary>
    internal (torch.Tensor X, torch.Tensor? Y) Views(torch.Tensor items)
    {
        if (Side is null)
        {
            Shape.RequireItems(items, ItemShape, nameof(items));
            return (items, null);
        }
        var (size, sideSize) = (Shape.Size(ItemShape), Shape.Size(Side.ItemShape));
        var rows = Shape.Flat(items, size + sideSize, nameof(items));
        return (rows.narrow(1, 0, size).reshape([-1, .. ItemShape]), rows.narrow(1, size, sideSize));
    }

    /// <summary>x of items with side information beside them or without.</summary>
    internal torch.Tensor XOf(torch.Tensor items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Side is not null && items.Dimensions == 2 && items.shape[1] == Shape.Size(ItemShape) + Shape.Size(Side.ItemShape)
            ? Views(items).X
            : items;
    }

    /// <summary>p(y|t) of latent vectors that the model has drawn or encoded itself.</summary>
    internal Likelihood SideOfChecked(torch.Tensor t)
    {
        var side = RequireSide();
        return EngineError.Of(side, t, nameof(t), () => side.forward(t));
    }

    /// <summary>Registers nothing beyond the parts; see <see cref="VaeToolkit.Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    PartDescription IDescribedPart.Describe()
    {
        var description = new PartDescription(PartName).With("encoder", Encoder).With("decoder", Decoder).With("prior", Prior);
        return Side is null ? description : description.With("side", Side);
    }

    internal static DeepArchetypes From(PartOptions options)
    {
        var encoder = options.Part<ArchetypeEncoder>("encoder");
        return new(
            encoder, options.Part<Decoder>("decoder"), options.Part<Prior>("prior", given: encoder),
            options.Contains("side") ? options.Part<Decoder>("side") : null);
    }

    private Decoder RequireSide() => Side ?? throw new InvalidOperationException("the model has no side information");

    private void WriteEncoder(NetworkGraph graph)
    {
        var (weights, posterior) = Encoder.Write(graph, graph.Input("x", [NetworkGraph.Batch, .. ItemShape], "items"));
        graph.Output("weights", weights, [NetworkGraph.Batch, ArchetypeCount], "weights of the archetypes");
        LatentGraphs.Declare(graph, posterior, LatentSize);
    }
}
