namespace VaeToolkit.Volumes;

/// <summary>
/// A procedural head with a lesion: an image whose right segmentation is known, for tests and experiments without data. Ellipsoids with
/// folded cortex, warped from head to head, and a simple scanner. It has its own random numbers,
/// so a seed gives the same head on every runtime.
/// </summary>
public sealed class BrainPhantom
{
    private const int SmallestExtent = 16;

    private BrainPhantom(Volume<float> image, Volume<bool> lesion, Volume<bool> brain, Volume<int> tissue) =>
        (Image, Lesion, Brain, Tissue) = (image, lesion, brain, tissue);

    /// <summary>The image, in arbitrary units, axes right, anterior and superior; the field of view is 200 mm along each.</summary>
    public Volume<float> Image { get; }

    /// <summary>The lesion, within the brain.</summary>
    public Volume<bool> Lesion { get; }

    /// <summary>Grey and white matter, deep grey and ventricles.</summary>
    public Volume<bool> Brain { get; }

    /// <summary>The tissue of each voxel, a <see cref="BrainTissue"/> as a number.</summary>
    public Volume<int> Tissue { get; }

    /// <summary>
    /// Makes a head. The lesion, brain and tissues are functions of seed, size and kind of lesion alone;
    /// the contrast changes only the image.
    /// </summary>
    /// <param name="seed">Everything is a function of it.</param>
    /// <param name="size">Voxels, at least 16 along each axis.</param>
    /// <param name="lesion">What is wrong with it.</param>
    /// <param name="contrast">Which sequence the image imitates.</param>
    /// <param name="options">How it is imaged.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below 16.</exception>
    /// <exception cref="ArgumentException">The slice thickness does not divide the depth.</exception>
    public static BrainPhantom Create(
        long seed, VolumeSize size, BrainLesion lesion, BrainContrast contrast = BrainContrast.Flair, PhantomOptions? options = null)
    {
        options ??= new();
        Check(size, lesion, contrast, options);
        var canvas = Paint(seed, size, lesion, contrast);
        var grid = PhantomFrame.Grid(size);
        var random = Stream(seed, Purpose.Scanner);
        var image = PhantomScanner.Scan(ref random, grid, canvas.Values).Named($"phantom {seed}");
        var brain = image.With(Array.ConvertAll(canvas.Anatomy.Tissue, tissue => tissue >= BrainTissue.GreyMatter));
        var tissues = image.With(Array.ConvertAll(canvas.Anatomy.Tissue, tissue => (int)tissue));
        if (options.SkullStripped)
            image = image.With(image.Data.Zip(brain.Data, (value, inside) => inside ? value : 0).ToArray());
        var phantom = new BrainPhantom(image, image.With(canvas.Lesion), brain, tissues);
        return options.SliceThickness == 1 ? phantom : phantom.Thickened(options.SliceThickness);
    }

    /// <summary>The image's grid, and the volumes of brain and lesion.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Image}; brain {Millilitres(Brain):F0} mL, lesion {Millilitres(Lesion):F1} mL");

    private static double Millilitres(Volume<bool> mask) => mask.Data.Count(inside => inside) * mask.Grid.VoxelVolume / 1000;

    private static PhantomCanvas Paint(long seed, VolumeSize size, BrainLesion lesion, BrainContrast contrast)
    {
        var (frame, tissue, texture, disease) =
            (Stream(seed, Purpose.Frame), Stream(seed, Purpose.Anatomy), Stream(seed, Purpose.Texture), Stream(seed, Purpose.Lesion));
        var points = PhantomFrame.Points(ref frame, size);
        var tumour = lesion == BrainLesion.Tumour ? TumourLesion.Draw(ref disease) : null;
        var anatomy = PhantomAnatomy.Paint(ref tissue, size, tumour?.Push(points) ?? points);
        var canvas = PhantomCanvas.Of(ref texture, anatomy, size, contrast);
        tumour?.Paint(ref disease, canvas, points);
        if (lesion == BrainLesion.MultipleSclerosis)
            SclerosisLesions.Paint(ref disease, canvas);
        return canvas;
    }

    private static SplitMix64 Stream(long seed, Purpose purpose) => SplitMix64.For(seed, (long)purpose);

    private static void Check(VolumeSize size, BrainLesion lesion, BrainContrast contrast, PhantomOptions options)
    {
        if (Math.Min(size.Width, Math.Min(size.Height, size.Depth)) < SmallestExtent)
            throw new ArgumentOutOfRangeException(nameof(size), size, $"A phantom has at least {SmallestExtent} voxels along each axis.");
        if (!Enum.IsDefined(lesion))
            throw new ArgumentOutOfRangeException(nameof(lesion), lesion, "There is no such lesion.");
        if (!Enum.IsDefined(contrast))
            throw new ArgumentOutOfRangeException(nameof(contrast), contrast, "There is no such contrast.");
        if (size.Depth % options.SliceThickness != 0)
            throw new ArgumentException(
                $"The slice thickness {options.SliceThickness} does not divide the depth {size.Depth}.", nameof(options));
    }

    private BrainPhantom Thickened(int thickness)
    {
        var tissue = ThickSlices.Mode(Tissue, thickness);
        var brain = tissue.Select(value => value >= (int)BrainTissue.GreyMatter);
        var lesion = ThickSlices.Half(Lesion, thickness);
        return new(ThickSlices.Mean(Image, thickness),
            lesion.With(lesion.Data.Zip(brain.Data, (wrong, inside) => wrong && inside).ToArray()), brain, tissue);
    }

    private enum Purpose
    {
        Frame,
        Anatomy,
        Texture,
        Lesion,
        Scanner,
    }
}
