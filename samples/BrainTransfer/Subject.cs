using VaeToolkit.Volumes;

namespace VaeToolkit.Samples;

/// <summary>A patient: the case that networks see, and the mask on the grid of the scan, where predictions are scored.</summary>
internal sealed record Subject(VolumeCase Prepared, Volume<bool> Truth)
{
    private static readonly ZScore s_scaling = new();

    /// <summary>A lesion is one on either side, so mirror images are as good as what they show.</summary>
    public static LabelSymmetry Symmetry => LabelSymmetry.Symmetric;

    /// <summary>Phantoms without skull, z-scored over the brain.</summary>
    public static IReadOnlyList<Subject> Phantoms(int count, long seed, VolumeSize size, BrainLesion lesion)
        => [.. Enumerable.Range(0, count).Select(i => Phantom(seed + i, size, lesion))];

    /// <summary>
    /// Pairs of a folder in axes right, anterior, superior, cut or padded to one size; any label above 0 is the structure. Folders list
    /// patients by number, which may go with site or date, so they are shuffled first.
    /// </summary>
    public static IReadOnlyList<Subject> Folder(string folder, int count, int seed, VolumeSize size)
    {
        var files = VolumeFolder.Open(folder, cacheSize: 0);
        if (files.Count < count)
            throw new InvalidDataException($"{folder} has {files.Count} pairs of image and labels; {count} were asked for");
        int[] order = [.. Enumerable.Range(0, files.Count)];
        new Random(seed).Shuffle(order);
        var preparation = new Preprocessing { Size = size, Scaling = s_scaling };
        return [.. order.Take(count).Select(files.Load).Select(Binary).Select(raw => new Subject(preparation.Apply(raw), Mask(raw)))];
    }

    /// <summary>A prediction of the prepared case, brought back to the scan's grid.</summary>
    public Volume<bool> Restored(Volume<int> prediction) => Prepared.Restore(prediction).Select(label => label > 0);

    private static Subject Phantom(long seed, VolumeSize size, BrainLesion lesion)
    {
        var phantom = BrainPhantom.Create(seed, size, lesion, options: new() { SkullStripped = true });
        var image = s_scaling.Apply(phantom.Image, phantom.Brain).Image;
        return new(new(phantom.Image.Name, image, phantom.Lesion.Select(inside => inside ? 1 : 0)), phantom.Lesion);
    }

    private static VolumeCase Binary(VolumeCase raw) => raw.Select(image => image, labels => labels.Select(label => label > 0 ? 1 : 0));

    private static Volume<bool> Mask(VolumeCase raw) => raw.Labels!.Select(label => label > 0);
}
