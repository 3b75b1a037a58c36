using System.Diagnostics;
using VaeToolkit.Volumes;

namespace VaeToolkit.Samples;

/// <summary>What reading a folder's pairs was like, and how many are the same after they were written and read again.</summary>
internal sealed record FileCheck(int Pairs, double ReadSeconds, int Identical, VolumeSize Largest)
{
    // Two halvings of every axis.
    private const int Multiple = 4;

    public static FileCheck Run(string folder, int most)
    {
        var set = VolumeFolder.Open(folder, cacheSize: 0);
        var count = Math.Min(most, set.Count);
        var clock = Stopwatch.StartNew();
        var items = Enumerable.Range(0, count).Select(set.Load).ToList();
        var seconds = clock.Elapsed.TotalSeconds;
        var scratch = Directory.CreateTempSubdirectory();
        try
        {
            return new(count, seconds, items.Count(item => IsSameAfterWriting(item, scratch.FullName)), LargestSize(items));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    public override string ToString() =>
        FormattableString.Invariant(
            $"{Pairs} pairs read in {ReadSeconds:F1} s, {Identical} the same after writing; the largest extents are {Largest}");

    private static bool IsSameAfterWriting(VolumeCase item, string scratch)
    {
        var (imagePath, labelPath) = (Path.Combine(scratch, "image.nii.gz"), Path.Combine(scratch, "labels.nii.gz"));
        NiftiFile.Write(imagePath, item.Image);
        NiftiFile.Write(labelPath, item.Labels!, NiftiDataType.Unsigned8);
        var (image, labels) = (NiftiFile.Read(imagePath), NiftiFile.ReadLabels(labelPath));
        return image.Values.SequenceEqual(item.Image.Values) && labels.Values.SequenceEqual(item.Labels!.Values)
            && image.Grid.Matches(item.Image.Grid) && labels.Grid.Matches(item.Image.Grid);
    }

    private static VolumeSize LargestSize(List<VolumeCase> items)
    {
        var sizes = items.ConvertAll(item => Orientation.ToRas(item.Image).Size);
        return new(Rounded(sizes.Max(size => size.Width)), Rounded(sizes.Max(size => size.Height)), Rounded(sizes.Max(size => size.Depth)));

        static int Rounded(int extent) => (extent + Multiple - 1) / Multiple * Multiple;
    }
}
