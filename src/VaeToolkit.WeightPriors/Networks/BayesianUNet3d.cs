using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// The Bayesian twin of <see cref="UNet3d"/>: every 3×3×3 convolution is a <see cref="BayesianConv3d"/>; 1×1×1 convolutions, the output
/// block and affine maps of norms stay deterministic. Where the twin has <c>….weight</c>, it has <c>….mean</c> and
/// <c>….log_variance</c>.
/// </summary>
public sealed class BayesianUNet3d : SegmentationNetwork, IDescribedPart
{
    internal const string PartName = "bayesian-unet3d";

    internal const string FileKind = "vaetoolkit.bayesian-unet3d";

    /// <summary>Makes the network.</summary>
    /// <param name="options">Widths, depth, channels, classes, norm and skip mode; null for the paper's.</param>
    /// <param name="logVariance">λ of all weights at the start, in [−20, 2]; default −9.</param>
    /// <exception cref="ArgumentException">There are fewer than two widths, or one below 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another number is out of its range.</exception>
    public BayesianUNet3d(UNet3dOptions? options = null, double logVariance = -9)
        : base(nameof(BayesianUNet3d), options, (inputs, outputs, stride) => new BayesianConv3d(inputs, outputs, stride, logVariance))
    {
        var byName = named_modules().ToDictionary(module => module.name, module => module.module);
        BayesianLayers = [.. KernelLayers.Select(layer => (layer, (BayesianConv3d)byName[layer]))];
    }

    /// <summary>The Bayesian layers with their names, in the order of <see cref="SegmentationNetwork.KernelLayers"/>.</summary>
    public IReadOnlyList<(string Name, BayesianConv3d Layer)> BayesianLayers { get; }

    /// <summary>Which weights all layers compute with; local reparameterisation at first.</summary>
    public ForwardMode Mode
    {
        get => BayesianLayers[0].Layer.Mode;
        set
        {
            foreach (var (_, layer) in BayesianLayers)
                layer.Mode = value;
        }
    }

    internal override string Kind => FileKind;

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public BayesianUNet3d to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>Makes the network of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>.</summary>
    /// <param name="folder">The folder, also a checkpoint of training such as <c>run/best</c>.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">It holds something else, or is damaged.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static BayesianUNet3d Load(string folder) => ModelFolder.Load<BayesianUNet3d>(folder);

    /// <summary>
    /// A network whose means are a deterministic network's weights; everything deterministic is copied as it is. In mode
    /// <see cref="ForwardMode.Mean"/> the two compute the same. It has the network's device and type.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="logVariance">λ of all weights, in [−20, 2]; default −9.</param>
    public static BayesianUNet3d FromNetwork(UNet3d network, double logVariance = -9)
    {
        ArgumentNullException.ThrowIfNull(network);
        var like = network.parameters().First();
        var twin = new BayesianUNet3d(network.Options, logVariance).to(like.device, like.dtype);
        twin.CopyFrom(network);
        return twin;
    }

    /// <summary>Copies a deterministic network's weights into the means, and everything deterministic as it is. λ stays.</summary>
    /// <param name="network">A network of the same shape.</param>
    /// <exception cref="WeightsMismatchException">It has another shape: all names that do not fit are listed,
    /// and nothing is changed.</exception>
    public void CopyFrom(UNet3d network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var kernels = network.KernelLayers.ToHashSet();
        var source = network.state_dict().ToDictionary(pair => TwinName(pair.Key, kernels), pair => pair.Value);
        var target = state_dict().Where(pair => !pair.Key.EndsWith(".log_variance", StringComparison.Ordinal)).ToDictionary();
        ModelWeights.RequireSame(target, source, network.ToString());
        foreach (var (key, tensor) in target)
            tensor.copy_(source[key]);
    }

    /// <summary>
    /// Draws all weights once; until disposed, mode <see cref="ForwardMode.WeightSample"/> computes with this draw, so that batches and
    /// windows of one prediction share it. Without it every forward pass draws its own. Random numbers come from torch's default generator.
    /// </summary>
    /// <returns>The draw; dispose it to forget the weights.</returns>
    public IDisposable DrawWeights()
    {
        foreach (var (_, layer) in BayesianLayers)
            layer.HoldDraw();
        return new WeightDraw(this);
    }

    private static string TwinName(string name, HashSet<string> kernels)
    {
        const string Weight = ".weight";
        return name.EndsWith(Weight, StringComparison.Ordinal) && kernels.Contains(name[..^Weight.Length])
            ? name[..^Weight.Length] + ".mean" : name;
    }

    private sealed class WeightDraw(BayesianUNet3d network) : IDisposable
    {
        public void Dispose()
        {
            foreach (var (_, layer) in network.BayesianLayers)
                layer.ReleaseDraw();
        }
    }

    PartDescription IDescribedPart.Describe()
        => Options.AddTo(new PartDescription(PartName)).With("mode", Mode).AsUsage("mode");

    internal static BayesianUNet3d From(PartOptions options)
        => new(UNet3dOptions.From(options)) { Mode = options.Choice<ForwardMode>("mode") };
}
