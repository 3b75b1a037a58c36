using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Molecules;

/// <summary>
/// The chemical VAE of Gómez-Bombarelli et al. (2018): SMILES strings as sequences of tokens, a convolutional encoder, a recurrent
/// decoder, and a network that says properties by the posterior's mean, so that the latent space is ordered by them.
/// </summary>
/// <remarks>
/// An item is a row of L tokens and P standardised properties, <c>[L + P]</c>; <see cref="Items"/> makes them. The VAE itself,
/// <see cref="Vae"/>, is one of Core's: its items are the tokens alone, and all that takes a <see cref="VaeToolkit.Vae"/> takes it.
/// </remarks>
public sealed class MoleculeVae : torch.nn.Module, IDescribedPart
{
    internal const string PartName = "molecule-vae";

    private const long StringsAtOnce = 500;

    private readonly PropertyNetwork? _properties;

    /// <summary>Makes the model with PyTorch's initial weights.</summary>
    /// <param name="alphabet">The symbols of the strings, such as <c>TokenAlphabet.OfCharacters(table.Smiles)</c>.</param>
    /// <param name="length">L, the length of a row: a string has at most L − 1 symbols.</param>
    /// <param name="scaling">The properties that it learns to say; null for none.</param>
    /// <param name="options">Sizes; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range.</exception>
    /// <exception cref="ArgumentException">Sizes do not fit each other.</exception>
    public MoleculeVae(TokenAlphabet alphabet, int length, PropertyScaling? scaling = null, MoleculeVaeOptions? options = null)
        : this(alphabet, length, scaling, options ?? new(), null)
    {
    }

    private MoleculeVae(
        TokenAlphabet alphabet, int length, PropertyScaling? scaling, MoleculeVaeOptions options,
        (Vae Vae, PropertyNetwork? Network)? parts)
        : base(nameof(MoleculeVae))
    {
        ArgumentNullException.ThrowIfNull(alphabet);
        (Alphabet, Length, Scaling) = (alphabet, length, scaling);
        Vae = parts?.Vae ?? new Vae(
            new SequenceEncoder(alphabet.Count, length, options.LatentSize, options.Encoder),
            new RecurrentDecoder(options.LatentSize, alphabet.Count, length, options.Decoder), new StandardNormalPrior(options.LatentSize));
        _properties = parts is { } given ? given.Network
            : scaling is null ? null : new PropertyNetwork(options.LatentSize, scaling.Count, options.Properties);
        register_module("vae", Vae);
        if (_properties is not null)
            register_module("properties", _properties);
    }

    /// <summary>The symbols of the strings.</summary>
    public TokenAlphabet Alphabet { get; }

    /// <summary>The length L of a row of tokens.</summary>
    public int Length { get; }

    /// <summary>The properties that it says; null for none.</summary>
    public PropertyScaling? Scaling { get; }

    /// <summary>The VAE of token rows <c>[N, L]</c>.</summary>
    public Vae Vae { get; }

    /// <summary>The network of properties; null without any.</summary>
    public PropertyNetwork? Properties => _properties;

    /// <summary>Number of latent features Z.</summary>
    public long LatentSize => Vae.LatentSize;

    /// <summary>Molecules as the model is trained on: rows <c>[L + P]</c> of its type and where it is, in batches of strings about
    /// as long as each other.</summary>
    /// <param name="table">The molecules, with the model's properties among theirs.</param>
    /// <returns>The data, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">A string is too long or has a character outside the alphabet, or a property is
    /// missing.</exception>
    public SequenceData Items(MoleculeTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var scope = torch.NewDisposeScope();
        var rows = Alphabet.Rows(table.Smiles, Length);
        var lengths = (rows != TokenAlphabet.Padding).sum(1).data<long>().Select(length => (int)length).ToArray();
        // Tokens are whole numbers in any type; properties are rounded once, to that of the weights.
        var wide = rows.to(torch.float64);
        var items = Scaling is null ? wide : torch.cat([wide, torch.tensor(Standardised(table), torch.float64, torch.CPU)], 1);
        return new SequenceData(items.ToWeightsOf(this), lengths, countTokens: true);
    }

    /// <summary>q(z|x) of rows of tokens, and of properties where items have them.</summary>
    /// <param name="items">Items <c>[N, L + P]</c>, or tokens alone, <c>[N, L]</c>.</param>
    /// <exception cref="ArgumentException">The items have another shape, or a row is no sequence of the alphabet.</exception>
    public Posterior Encode(torch.Tensor items) => Vae.Encode(Tokens(items));

    /// <summary>The posterior means of strings, <c>[N, Z]</c>, in evaluation mode and without gradients, of the caller's dispose
    /// scope.</summary>
    /// <param name="smiles">The strings.</param>
    /// <exception cref="ArgumentException">A string is empty, too long, or has a character outside the alphabet.</exception>
    public torch.Tensor Encode(IReadOnlyList<string> smiles)
    {
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        var rows = Alphabet.Rows(smiles, Length).ToWeightsOf(this);
        // One-hot rows are large: those of a few hundred strings at a time are enough.
        return torch.cat([.. rows.split(StringsAtOnce).Select(MeanOf)]).MoveToOuterDisposeScope();

        torch.Tensor MeanOf(torch.Tensor part)
        {
            using var inner = torch.NewDisposeScope();
            return Vae.Encode(part).Mean.alias().MoveToOuterDisposeScope();
        }
    }

    /// <summary>p(x|z), which decodes greedily, by beam search, and by drawing.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c> or <c>[K, N, Z]</c>.</param>
    /// <exception cref="ArgumentException">The latent vectors have another size, or one is NaN or infinite; where gradients flow through
    /// them, that is not looked at.</exception>
    public SequenceLikelihood Decode(torch.Tensor z)
    {
        Shape.RequireFiniteInput(z, nameof(z));
        return DecodeOfChecked(z);
    }

    /// <summary>Strings by latent vectors, greedily or by beam search, in evaluation mode.</summary>
    /// <param name="z">Latent vectors <c>[N, Z]</c>, of any floating-point type.</param>
    /// <param name="beam">The width of the beam; 1 decodes greedily.</param>
    /// <exception cref="ArgumentException">The latent vectors have another shape.</exception>
    public string[] Strings(torch.Tensor z, int beam = 1)
    {
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireFinite(z, nameof(z));
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        var likelihood = DecodeOfChecked(z.ToWeightsOf(this));
        return Alphabet.Texts((beam == 1 ? likelihood.Greedy() : likelihood.Beam(beam)).Rows);
    }

    /// <summary>Strings of latent vectors drawn from the prior, in evaluation mode.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">The same seed gives the same strings.</param>
    /// <param name="draws">Whether strings are drawn from p(x|z); by default they are decoded greedily.</param>
    public string[] Sample(int count, long seed, bool draws = false)
    {
        using var scope = torch.NewDisposeScope();
        return Alphabet.Texts(Vae.Sample(count, seed, draws));
    }

    /// <summary>The properties of latent vectors, in their own units, without dropout also right after training: a search climbs
    /// one function.</summary>
    /// <param name="z">Latent vectors <c>[..., Z]</c>.</param>
    /// <returns><c>[..., P]</c> in float64, differentiable in <paramref name="z"/>.</returns>
    /// <exception cref="InvalidOperationException">The model has no properties.</exception>
    /// <exception cref="ArithmeticException">A property is NaN; the message names the latent vector.</exception>
    public torch.Tensor Predict(torch.Tensor z)
    {
        var (network, scaling) = (_properties, Scaling);
        if (network is null || scaling is null)
            throw new InvalidOperationException("the model says no properties: it was made without a scaling");
        ArgumentNullException.ThrowIfNull(z);
        Shape.RequireFinite(z, nameof(z));
        using var scope = torch.NewDisposeScope();
        var standardised = network.WithoutDropout(z.ToWeightsOf(network));
        // A mean that is far from zero would leave nothing of the rest in float32.
        var wide = standardised.to(ItemSum.WideType(standardised));
        var properties = (wide * Row(scaling.Deviations, wide)) + Row(scaling.Means, wide);
        return Shape.RequireAnswers(properties, nameof(z)).MoveToOuterDisposeScope();
    }

    /// <summary>The standardised properties of items <c>[N, L + P]</c>: <c>[N, P]</c>.</summary>
    /// <exception cref="ArgumentException">The items have another shape.</exception>
    public torch.Tensor StandardisedProperties(torch.Tensor items)
    {
        RequireItems(items);
        return items.narrow(1, Length, items.shape[1] - Length);
    }

    /// <summary>The tokens of items <c>[N, L + P]</c>: <c>[N, L]</c>.</summary>
    /// <exception cref="ArgumentException">The items have another shape.</exception>
    public torch.Tensor Tokens(torch.Tensor items)
    {
        RequireItems(items);
        return items.narrow(1, 0, Length);
    }

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public MoleculeVae to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>Writes the model as a folder: <see cref="ModelFolder.Save"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(string folder) => ModelFolder.Save(this, folder);

    /// <summary>Makes the model of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">It holds something else, or is damaged.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static MoleculeVae Load(string folder) => ModelFolder.Load<MoleculeVae>(folder);

    /// <summary>The alphabet, the sizes and the properties.</summary>
    public override string ToString() => $"{nameof(MoleculeVae)}: strings of at most {Length - 1} of {Alphabet.Count} symbols ↔ "
        + $"{LatentSize} latent features{(Scaling is null ? "" : $" → {Scaling}")}";

    PartDescription IDescribedPart.Describe()
    {
        var description = new PartDescription(PartName).With("alphabet", Alphabet.Symbols).With("vae", Vae);
        return Scaling is null || _properties is null ? description : description.With("property_names", Scaling.Names)
            .With("property_means", Scaling.Means).With("property_deviations", Scaling.Deviations).With("properties", _properties);
    }

    internal static MoleculeVae From(PartOptions options)
    {
        var alphabet = new TokenAlphabet(options.Texts("alphabet"));
        var vae = options.Part<Vae>("vae");
        if (vae.Decoder is not SequenceDecoder decoder || decoder.SymbolCount != alphabet.Count
            || vae.Encoder is not SequenceEncoder encoder || (encoder.SymbolCount, encoder.Length) != (decoder.SymbolCount, decoder.Length))
            throw new ArgumentException($"the vae must be of sequences of {alphabet.Count} symbols");
        if (!options.Contains("properties"))
            return new(alphabet, decoder.Length, null, new(), (vae, null));
        var scaling = new PropertyScaling(
            options.Texts("property_names"), options.Numbers("property_means"), options.Numbers("property_deviations"));
        var network = options.Part<PropertyNetwork>("properties");
        return network.LatentSize == vae.LatentSize && network.PropertyCount == scaling.Count
            ? new(alphabet, decoder.Length, scaling, new(), (vae, network))
            : throw new ArgumentException(
                $"the property network must take {vae.LatentSize} latent features and say {scaling.Count} properties");
    }

    /// <summary>Registers nothing beyond the parts; see <see cref="Encoder"/>.</summary>
    protected override void RegisterComponents()
    {
    }

    internal SequenceLikelihood DecodeOfChecked(torch.Tensor z) => ((SequenceDecoder)Vae.Decoder).Given(z);

    private void RequireItems(torch.Tensor items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var whole = Length + (Scaling?.Count ?? 0);
        if (items.Dimensions != 2 || items.shape[0] == 0 || (items.shape[1] != whole && items.shape[1] != Length))
            throw new ArgumentException(
                $"items has shape {Shape.Text(items)}; it must be [N, {whole}], or tokens [N, {Length}]", nameof(items));
    }

    private double[,] Standardised(MoleculeTable table)
    {
        var columns = Scaling!.Names.Select(table.Property).ToArray();
        var values = new double[table.Count, columns.Length];
        for (var row = 0; row < table.Count; row++)
        {
            for (var p = 0; p < columns.Length; p++)
                values[row, p] = (columns[p][row] - Scaling.Means[p]) / Scaling.Deviations[p];
        }
        return values;
    }

    private static torch.Tensor Row(IReadOnlyList<double> values, torch.Tensor like)
        => torch.tensor([.. values], dtype: like.dtype, device: like.device);
}
