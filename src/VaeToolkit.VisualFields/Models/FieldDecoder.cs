using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Networks;
using VaeToolkit.Storage;
using static TorchSharp.torch.nn;

namespace VaeToolkit.VisualFields;

/// <summary>
/// The decoder of Berchuck, Mukherjee and Medeiros (2019): a linear layer to 32 × 3 × 3, transposed 3×3 convolutions to 64 × 6 × 6,
/// 32 × 12 × 12 and 1 × 12 × 12, and a logistic function, so that sensitivities are between 0 and <see cref="FieldPictures.Decibels"/>
/// dB.
/// </summary>
public sealed class FieldDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "field-decoder";

    private const long Inner = 288;
    private static readonly LogVarianceRange s_range = new(-9, 0);

    private readonly Sequential _trunk;
    private readonly long[] _cells;
    private readonly double? _noise;

    /// <summary>Makes the decoder with PyTorch's initial weights.</summary>
    /// <param name="latentSize">Latent features, Z.</param>
    /// <param name="layout">The places of its fields.</param>
    /// <param name="noiseDecibels">σ in dB, from 1e-12 to 1e12; null for one that is learned, which starts at 3.5 dB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The latent size is below 1, or the noise is out of range.</exception>
    public FieldDecoder(long latentSize, FieldLayout layout, double? noiseDecibels = null)
        : this(latentSize, FieldPictures.Cells(layout), noiseDecibels)
    {
    }

    private FieldDecoder(long latentSize, IReadOnlyList<long> cells, double? noiseDecibels)
        : base(nameof(FieldDecoder))
    {
        Shape.RequirePositive(latentSize, "the latent size", nameof(latentSize));
        // Beyond, 1 / σ² and its product with a squared difference are no numbers in float32.
        if (noiseDecibels is { } given and not (>= 1e-12 and <= 1e12))
            throw new ArgumentOutOfRangeException(nameof(noiseDecibels), given, "the noise must be a number of dB from 1e-12 to 1e12");
        (LatentSize, _cells, _noise) = (latentSize, [.. cells], noiseDecibels);
        using var scope = torch.NewDisposeScope();
        var last = ConvTranspose2d(32, 1, kernel_size: 3, padding: 1);
        // The first fields are near the usual 28 dB and not half of all there is.
        using (torch.no_grad())
            last.bias!.fill_(Math.Log(28 / (FieldPictures.Decibels - 28)));
        _trunk = Sequential(
            ("fc", Linear(latentSize, Inner)), ("act1", ReLU()), ("unflatten", Unflatten(1, [32, 3, 3])),
            ("deconv1", ConvTranspose2d(32, 64, kernel_size: 3, stride: 2, padding: 1, output_padding: 1)), ("act2", ReLU()),
            ("deconv2", ConvTranspose2d(64, 32, kernel_size: 3, stride: 2, padding: 1, output_padding: 1)), ("act3", ReLU()),
            ("deconv3", last), ("sigmoid", Sigmoid()));
        register_module("trunk", _trunk);
        var places = new float[FieldLayout.PictureSize * FieldLayout.PictureSize];
        foreach (var cell in _cells)
            places[cell] = 1;
        this.RegisterBuffer("places", torch.tensor(places, device: torch.CPU).reshape(FieldLayout.PictureSize, FieldLayout.PictureSize));
        var logVariance = torch.full([1L], LogVarianceOf(noiseDecibels ?? 3.5), torch.float32);
        if (noiseDecibels is null)
            this.RegisterParameter("log_variance", logVariance);
        else
            this.RegisterBuffer("log_variance", logVariance);
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => FieldPictures.ItemShape;

    /// <summary>σ, in dB.</summary>
    public double NoiseDecibels
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            return Math.Exp(0.5 * LogVariance.ToDouble()) * FieldPictures.Decibels;
        }
    }

    /// <summary>Places of a layout that are none of this decoder's, which it would show as blind.</summary>
    internal IReadOnlyList<FieldPlace> Lacking(FieldLayout layout)
        => [.. layout.Places.Zip(FieldPictures.Cells(layout)).Where(pair => !_cells.Contains(pair.Second)).Select(pair => pair.First)];

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input)
    {
        var batch = new LatentBatch(input, LatentSize, nameof(input));
        return EngineError.Of(this, input, nameof(input), () => new FieldLikelihood(
            batch.Restore(_trunk.forward(batch.Rows), 1, FieldLayout.PictureSize, FieldLayout.PictureSize),
            get_buffer("places")!, LogVariance));
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        var values = graph.Layer(_trunk, z);
        var places = graph.Constant(get_buffer("places")!);
        var logVariance = graph.Constant(_noise is null ? get_parameter("log_variance")! : LogVariance);
        return new(graph.Concatenate([values * places, values * 0 + places], axis: 1), new GraphParameter(
            "log_variance", _noise is null ? logVariance.Clamp(s_range) : logVariance, [1], "log-variance of the values at all places"));
    }

    /// <summary>The layers' sizes and the noise.</summary>
    public override string ToString() => $"{nameof(FieldDecoder)} {LatentSize} → 32 × 3 × 3 → 64 × 6 × 6 → 32 × 12 × 12 → "
        + FormattableString.Invariant($"{_cells.Length} places, noise {NoiseDecibels:F2} dB{(_noise is null ? ", learned" : "")}");

    /// <inheritdoc/>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        if (_noise is { } known)
            this.MakeExact("log_variance", [LogVarianceOf(known)]);
    }

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("latent_size", LatentSize).With("cells", _cells).With("noise_decibels", _noise);

    internal static FieldDecoder From(PartOptions options)
    {
        var (latents, cells) = (options.WholeNumber("latent_size"), options.WholeNumbers("cells"));
        options.RequireWeights(Inner, latents);
        return cells.Count > 0 && cells.Distinct().Count() == cells.Count
            && cells.All(cell => cell is >= 0 and < FieldLayout.PictureSize * FieldLayout.PictureSize)
            ? new(latents, cells, options.NumberOrNull("noise_decibels"))
            : throw new ArgumentException($"cells are [{string.Join(", ", cells)}]; they must be different numbers from 0 to "
                + $"{FieldLayout.PictureSize * FieldLayout.PictureSize - 1}, at least one");
    }

    private torch.Tensor LogVariance => _noise is { } known
        ? this.ExactBuffer("log_variance", [LogVarianceOf(known)])
        : get_parameter("log_variance")!.clamp(s_range.Minimum, s_range.Maximum);

    private static double LogVarianceOf(double decibels) => 2 * Math.Log(decibels / FieldPictures.Decibels);
}
