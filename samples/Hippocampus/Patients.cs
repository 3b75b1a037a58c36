using TorchSharp;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>A folder's volumes, some to learn from and some held out, all in axes right, anterior, superior and on one size.</summary>
internal sealed class Patients : IDisposable
{
    private readonly List<VolumeCase> _heldOut;
    private readonly List<Volume<bool>> _truths;

    public Patients(string folder, VolumeSize size, int training, int held, int seed)
    {
        var (raw, prepared) = (VolumeFolder.OpenWith(folder, Structure, cacheSize: 0), new Preprocessing { Size = size });
        var order = Enumerable.Range(0, raw.Count).ToArray();
        if (order.Length < training + held)
            throw new InvalidDataException(
                $"{folder} has {order.Length} pairs; {training} to learn from and {held} to hold out were asked for");
        // Folders list patients by number, which may go with site or date.
        new Random(seed).Shuffle(order);
        using var scope = torch.NewDisposeScope();
        Training = SegmentationData.Of([.. order[..training].Select(raw.Load).Select(prepared.Apply)]);
        var rest = order[training..(training + held)].Select(raw.Load).ToList();
        _truths = rest.ConvertAll(item => item.Labels!.Select(label => label > 0).Named(item.Name));
        _heldOut = rest.ConvertAll(prepared.Apply);
        HeldOutImages = VolumeCase.Stack(_heldOut).Images.DetachFromDisposeScope();
    }

    public SegmentationData Training { get; }

    /// <summary>What is odd about the volumes, such as labels that were cut away.</summary>
    public IEnumerable<string> Warnings => Training.Warnings.Concat(_heldOut.Select(item => item.Warning).OfType<string>());

    /// <summary>Prepared images <c>[N, 1, D, H, W]</c>.</summary>
    public torch.Tensor HeldOutImages { get; }

    /// <summary>True masks <c>[N, D, H, W]</c> in the place of <see cref="HeldOutImages"/>, in the caller's scope.</summary>
    public torch.Tensor HeldOutMasks() => VolumeCase.Stack(_heldOut).Labels;

    public static string? Find()
    {
        string?[] roots = [Environment.GetEnvironmentVariable("VAETOOLKIT_DATA"), "data"];
        return roots.OfType<string>().Select(root => Path.Combine(root, "hippocampus")).FirstOrDefault(Directory.Exists);
    }

    /// <summary>Writes phantoms with tumours as NIfTI pairs, for those who have no images.</summary>
    public static string DrawPhantoms(string folder, int count, int seed)
    {
        Console.WriteLine(
            "No hippocampus images found (VAETOOLKIT_DATA can name the folder above), so phantoms with tumours are drawn instead.");
        foreach (var place in new[] { "images", "labels" })
            Directory.CreateDirectory(Path.Combine(folder, place));
        for (var i = 0; i < count; i++)
        {
            var phantom = BrainPhantom.Create(
                (1_000L * seed) + i, VolumeSize.Cube(32), BrainLesion.Tumour, options: new() { SkullStripped = true });
            NiftiFile.Write(Path.Combine(folder, "images", FormattableString.Invariant($"phantom_{i:D3}.nii.gz")), phantom.Image);
            NiftiFile.Write(Path.Combine(folder, "labels", FormattableString.Invariant($"phantom_{i:D3}.nii.gz")), phantom.Lesion);
        }
        return folder;
    }

    /// <summary>Brings predictions back to the scans' grids, writes the masks there, and scores them there.</summary>
    public IReadOnlyList<Outcome> Score(SegmentationPrediction prediction, string folder)
    {
        Directory.CreateDirectory(folder);
        return [.. _heldOut.Select((item, i) => Score(item, _truths[i], prediction.Probabilities, i, folder))];
    }

    public void Dispose()
    {
        Training.Dispose();
        HeldOutImages.Dispose();
    }

    private static Outcome Score(VolumeCase item, Volume<bool> truth, torch.Tensor all, int index, string folder)
    {
        using var scope = torch.NewDisposeScope();
        var probabilities = item.Restore(all[index].ToVolume(item.Image.Grid)).Select(p => Math.Clamp(p, 0, 1));
        var mask = probabilities.Select(p => p > 0.5);
        NiftiFile.Write(Path.Combine(folder, item.Name + ".nii.gz"), mask);
        return new(SegmentationScores.Of(mask, truth, new() { SurfaceTolerance = 1 }), Calibration.Of(probabilities, truth));
    }

    private static VolumeCase Structure(VolumeCase item)
        => item.Select(image => image, labels => labels.Select(label => label > 0 ? 1 : 0));
}
