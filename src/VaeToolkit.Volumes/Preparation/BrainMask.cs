using System.Diagnostics.CodeAnalysis;
using MathNet.Numerics.Statistics;

namespace VaeToolkit.Volumes;

/// <summary>
/// Skull stripping: masks made by other tools, or a classical estimate. On clinical scans trained tools (HD-BET, SynthStrip) do better;
/// save their mask and read it here.
/// </summary>
public static class BrainMask
{
    // Air is below this part of the brightest voxels' level.
    private const double BackgroundPart = 0.1;
    private const double BrightPercent = 0.98;
    private const int MostErosions = 20;
    private const int ClosingRadius = 2;
    private const int ShellThickness = 2;

    /// <summary>Reads a mask that another tool made.</summary>
    /// <param name="path">A NIfTI file; voxels above ½ are brain.</param>
    /// <param name="image">The image it belongs to.</param>
    /// <param name="gridTolerance">How far voxels of the mask and the image may lie apart, in voxels: see
    /// <see cref="VoxelGrid.Matches"/>.</param>
    /// <returns>The mask, on the image's grid.</returns>
    /// <exception cref="NiftiException">The file breaks the format.</exception>
    /// <exception cref="ArgumentException">The mask lies on another grid than the image.</exception>
    public static Volume<bool> FromFile(string path, Volume<float> image, double gridTolerance = VoxelGrid.DefaultTolerance)
    {
        ArgumentNullException.ThrowIfNull(image);
        var mask = NiftiFile.ReadMask(path);
        return mask.Grid.Matches(image.Grid, gridTolerance)
            ? mask.On(image.Grid, mask.Data)
            : throw new ArgumentException(
                $"{path}: the mask has {mask.Size} voxels with affine map [{mask.Grid.Affine}], but {image.Name} has "
                + $"{image.Size} with [{image.Grid.Affine}].", nameof(path));
    }

    /// <summary>
    /// Estimates the brain of a head: 3³ median; Otsu's threshold on what is not background; erosion, one voxel more at a time, until the
    /// part with the greatest depth × √size no longer touches the head's outer shell; dilation by as much; a rim of voxels below the
    /// threshold that are brighter than half way from dark tissue to the cortex; closing by 2; filling of holes. Background is a tenth of
    /// the way from the lowest value to the bright ones, so a constant that is added, or a positive factor, leaves the mask as it is.
    /// </summary>
    /// <param name="image">A head with skull, one channel, finite values.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException">There is more than one channel, or the image has no structure.</exception>
    [Experimental("VT0002", Message = "It was held against phantoms alone, and trained tools do better: docs/experimental.md.")]
    public static Volume<bool> Estimate(Volume<float> image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        VolumeTensors.RequireOneChannel(image);
        var smooth = MedianFilter.Apply(image.Grid, image.Data);
        // Not 0: the mask is the same whatever is added to the image.
        var air = (double)smooth.Min();
        var background = air + (BackgroundPart * (smooth.Order().ElementAt((int)(BrightPercent * (smooth.Length - 1))) - air));
        var inside = smooth.Where(value => value > background).ToArray();
        if (inside.Length == 0 || FloatSpread.IsConstant(inside.Min(), inside.Max()))
            throw new ArgumentException($"{image.Name} has no structure in which to look for a brain.", nameof(image));
        var threshold = OtsuThreshold.Of(inside);
        var bright = image.With(Array.ConvertAll(smooth, value => value > threshold));
        var head = Morphology.FillHoles(
            ConnectedComponents.Of(image.With(Array.ConvertAll(smooth, value => value > background))).Largest());
        var (core, erosions) = Seed(bright, head, cancellationToken);
        var opened = Morphology.Dilate(core, erosions);
        var (rim, level) = (Morphology.Dilate(opened), BoundaryLevel(smooth, core, head, bright));
        // What the threshold let through and the opening took away are bridges to the scalp; what lies below the threshold may be cortex.
        bool[] brain = [.. opened.Data.Select((sure, i) => sure || (rim.Data[i] && smooth[i] > level && !bright.Data[i]))];
        return Morphology.FillHoles(Morphology.Close(image.With(brain), ClosingRadius));
    }

    /// <summary>The core of the brain, and how often the mask was eroded to part it from the scalp.</summary>
    private static (Volume<bool> Core, int Erosions) Seed(Volume<bool> bright, Volume<bool> head, CancellationToken cancellationToken)
    {
        var depth = DistanceTransform.ToMask(head.Select(value => !value));
        var inner = Morphology.Erode(head, ShellThickness);
        var (eroded, core) = (bright, bright);
        for (var erosions = 1; erosions <= MostErosions; erosions++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            eroded = Morphology.Erode(eroded);
            var components = ConnectedComponents.Of(eroded, Connectivity.Faces);
            if (components.Count == 0)
                return (core, erosions - 1);
            core = Deepest(components, depth);
            if (!core.Data.Zip(inner.Data).Any(pair => pair.First && !pair.Second))
                return (core, erosions);
        }
        return (core, MostErosions);
    }

    private static Volume<bool> Deepest(ConnectedComponents components, Volume<double> depth)
    {
        var deepest = new double[components.Count];
        for (var i = 0; i < depth.Data.Length; i++)
            if (components.Numbers.Data[i] is > 0 and var number && double.IsFinite(depth.Data[i]))
                deepest[number - 1] = Math.Max(deepest[number - 1], depth.Data[i]);
        var best = Enumerable.Range(0, components.Count).MaxBy(i => deepest[i] * Math.Sqrt(components.Sizes[i])) + 1;
        return components.Numbers.Select(number => number == best);
    }

    /// <summary>
    /// Half way between the medians of the head's dark tissue and of the core's rim, which is cortex.
    /// Where the scalp is bright, Otsu's threshold lies above it.
    /// </summary>
    private static double BoundaryLevel(float[] smooth, Volume<bool> core, Volume<bool> head, Volume<bool> bright)
    {
        var rim = Morphology.Surface(core);
        var cortex = smooth.Where((_, i) => rim.Data[i]).Median();
        var dark = smooth.Where((_, i) => head.Data[i] && !bright.Data[i]).DefaultIfEmpty(cortex).Median();
        return (cortex + dark) / 2;
    }
}
