using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.WeightPriors;

/// <summary>
/// A residual 3D U-Net with pre-activation blocks, as in the code of Kuzina, Egorov and Burnaev (2019): instance norm, ReLU, 3×3×3
/// convolution without bias; strided residual blocks down, trilinear interpolation up, the encoder's feature maps added. Any size of volume
/// fits, odd ones too: a feature map is interpolated to the size of the one it is added to.
/// </summary>
/// <param name="options">Widths, depth, channels, classes, norm and skip mode; null for the paper's.</param>
/// <exception cref="ArgumentException">There are fewer than two widths, or one below 1.</exception>
/// <exception cref="ArgumentOutOfRangeException">Another number is out of its range.</exception>
public sealed class UNet3d(UNet3dOptions? options = null)
    : SegmentationNetwork(nameof(UNet3d), options, PlainConvolution.Kernel), IDescribedPart
{
    internal const string PartName = "unet3d";
    internal const string FileKind = "vaetoolkit.unet3d";

    internal override string Kind => FileKind;

    /// <summary>Moves the model to a device by its name.</summary>
    /// <param name="device">Where to, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <returns>This model.</returns>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="InvalidOperationException">This machine has no such device.</exception>
    public UNet3d to(string device) => DeviceName.Move(device, to => this.to(to));

    /// <summary>Makes the network of a folder, in evaluation mode: <see cref="ModelFolder.Load"/>.</summary>
    /// <param name="folder">The folder, also a checkpoint of training such as <c>run/best</c>.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="ModelFolderException">It holds something else, or is damaged.</exception>
    /// <exception cref="IOException">There is no such folder, or a file of it is missing or cannot be read.</exception>
    public static UNet3d Load(string folder) => ModelFolder.Load<UNet3d>(folder);

    PartDescription IDescribedPart.Describe() => Options.AddTo(new PartDescription(PartName));

    internal static UNet3d From(PartOptions options) => new(UNet3dOptions.From(options));
}
