using VaeToolkit.Evaluation;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The shape of a residual 3D U-Net. The defaults are those of Kuzina et al. (2019) in their code, with one output channel in place of two:
/// 4,998,593 weights. <see cref="Small"/> is a network for two CPU cores.
/// </summary>
public sealed record UNet3dOptions
{
    /// <summary>Channels of each level, the finest first; at least two levels. Default 16, 32, 64, 128.</summary>
    public IReadOnlyList<long> Widths { get; init; } = [16, 32, 64, 128];

    /// <summary>
    /// Residual blocks of every level below the finest but the coarsest, the first of them strided; at least 1. Default 2.
    /// </summary>
    public int BlocksPerLevel { get; init; } = 2;

    /// <summary>Residual blocks of the coarsest level; at least 1. Default 5.</summary>
    public int BottleneckBlocks { get; init; } = 5;

    /// <summary>Input channels, one for each MR sequence; at least 1. Default 1.</summary>
    public long InputChannels { get; init; } = 1;

    /// <summary>Output channels: 1 is foreground against background (sigmoid), 2 and more are classes (softmax). Default 1.</summary>
    public long Classes { get; init; } = 1;

    /// <summary>The normalisation before each convolution block's activation; default per instance.</summary>
    public Normalisation Normalisation { get; init; } = Normalisation.Instance;

    /// <summary>The non-linearity; default ReLU.</summary>
    public Activation Activation { get; init; } = Activation.ReLU;

    /// <summary>How the decoder takes in the encoder's feature maps; default by addition.</summary>
    public SkipMode Skip { get; init; } = SkipMode.Add;

    /// <summary>Whether the output block has a bias; default true.</summary>
    public bool OutputBias { get; init; } = true;

    /// <summary>
    /// π, the fraction of voxels that are foreground, clipped to [0.001, 0.5]. The output's bias starts at log(π/(1−π)) for the
    /// foreground, which saves dozens of steps when it is rare. Default 0.5: the bias starts at 0.
    /// </summary>
    public double ForegroundRate { get; init; } = 0.5;

    /// <summary>Widths 8, 16, 32 and one block a level: 70,625 weights with one output channel.</summary>
    public static UNet3dOptions Small { get; } = new() { Widths = [8, 16, 32], BlocksPerLevel = 1, BottleneckBlocks = 1 };

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    /// <summary>Adds them to a description, but for what only decides initial weights.</summary>
    internal PartDescription AddTo(PartDescription part)
        => part.With("widths", Widths).With("blocks_per_level", BlocksPerLevel).With("bottleneck_blocks", BottleneckBlocks)
            .With("input_channels", InputChannels).With("classes", Classes).With("normalisation", Normalisation)
            .With("activation", Activation).With("skip", Skip).With("output_bias", OutputBias);

    /// <summary>The options of a description.</summary>
    internal static UNet3dOptions From(PartOptions options)
    {
        var given = new UNet3dOptions
        {
            Widths = options.WholeNumbers("widths"),
            BlocksPerLevel = options.Count("blocks_per_level"),
            BottleneckBlocks = options.Count("bottleneck_blocks"),
            InputChannels = options.WholeNumber("input_channels"),
            Classes = options.WholeNumber("classes"),
            Normalisation = options.Choice<Normalisation>("normalisation"),
            Activation = options.Choice<Activation>("activation"),
            Skip = options.Choice<SkipMode>("skip"),
            OutputBias = options.Flag("output_bias"),
        };
        for (var level = 1; level < given.Levels; level++)
        {
            options.RequireWeights(27, given.Widths[level - 1], given.Widths[level]);
            options.RequireWeights(2L * given.BlocksOf(level) - 1, 27, given.Widths[level], given.Widths[level]);
        }
        if (given.Widths is [var first, ..])
        {
            options.RequireWeights(27, first, given.InputChannels);
            options.RequireWeights(first, given.Classes);
        }
        return given;
    }

    internal int Levels => Widths.Count;

    internal double OutputStart
    {
        get
        {
            var rate = Math.Clamp(ForegroundRate, 1e-3, 0.5);
            return Math.Log(rate / (1 - rate));
        }
    }

    /// <summary>Residual blocks of a level, 1 being the first below the finest.</summary>
    internal int BlocksOf(int level) => level == Levels - 1 ? BottleneckBlocks : BlocksPerLevel;

    internal UNet3dOptions Validated()
    {
        ArgumentNullException.ThrowIfNull(Widths);
        if (Widths.Count < 2 || Widths.Any(width => width < 1))
            throw new ArgumentException($"Widths is {Shape.Text(Widths)}; it needs at least two levels, and every level at "
                + "least one channel, such as [8, 16, 32]", nameof(Widths));
        Shape.RequirePositive(BlocksPerLevel, "BlocksPerLevel", nameof(BlocksPerLevel));
        Shape.RequirePositive(BottleneckBlocks, "BottleneckBlocks", nameof(BottleneckBlocks));
        Shape.RequirePositive(InputChannels, "InputChannels", nameof(InputChannels));
        Shape.RequirePositive(Classes, "Classes", nameof(Classes));
        OptionRange.RequireKnown(Normalisation, nameof(Normalisation));
        OptionRange.RequireKnown(Activation, nameof(Activation));
        OptionRange.RequireKnown(Skip, nameof(Skip));
        return ForegroundRate is > 0 and < 1
            ? this
            : throw new ArgumentOutOfRangeException(nameof(ForegroundRate), ForegroundRate, "ForegroundRate must be between 0 and 1");
    }
}
