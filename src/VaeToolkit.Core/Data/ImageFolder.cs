using TorchSharp;
using VaeToolkit.Evaluation;

namespace VaeToolkit;

/// <summary>Finds the four files of an image set and loads them.</summary>
internal static class ImageFolder
{
    private static readonly string[] s_endings = ["", ".gz"];

    /// <summary>Loads a set from the first place that has it, or fetches it when that is asked for.</summary>
    public static ImageData Load(
        ImageSet set, SearchPlaces places, Binarisation binarisation, bool download, Downloader? downloader = null)
    {
        OptionRange.RequireKnown(binarisation, nameof(binarisation));
        var searched = new List<string>();
        foreach (var (folder, why) in places.For(set, download))
        {
            if (Find(set, folder, out var problem) is { } files)
                return Read(files, binarisation);
            searched.Add($"  {folder} ({why}): {problem}");
        }
        if (!download)
            throw new FileNotFoundException(NotFound(set, searched, places));
        var target = Path.Combine(places.Cache, set.Folder);
        (downloader ?? new Downloader()).Fetch(set, target);
        return Read(Find(set, target, out _)!, binarisation);
    }

    private static string[]? Find(ImageSet set, string folder, out string problem)
    {
        var files = set.Files.Select(file => FindFile(folder, file.Name)).ToArray();
        var missing = set.Files.Zip(files).Where(pair => pair.Second is null).Select(pair => pair.First.Name).ToArray();
        problem = !Directory.Exists(folder) ? "no such folder"
            : missing.Length == files.Length ? "none of the files"
            : missing.Length > 0 ? $"lacks {string.Join(", ", missing)}"
            : OtherSet(set, files[3]!) is { } other ? $"holds {other}"
            : "";
        return problem.Length == 0 ? [.. files.OfType<string>()] : null;
    }

    private static string? FindFile(string folder, string name) =>
        s_endings.Select(ending => Path.Combine(folder, name + ending)).FirstOrDefault(File.Exists);

    /// <summary>The name of another known set whose files these are: MNIST and Fashion-MNIST use the same file names.</summary>
    private static string? OtherSet(ImageSet set, string testLabels)
    {
        // Not a hash of all: that alone would have a program load OpenSSL, some 5 MB.
        var labels = string.Concat(IdxReader.Read(testLabels).Values.ToArray());
        return ImageSet.Known
            .FirstOrDefault(other => other != set && labels.StartsWith(other.FirstTestLabels, StringComparison.Ordinal))?.Name;
    }

    private static ImageData Read(string[] files, Binarisation binarisation) =>
        ReadPair(files[0], files[1], binarisation, ReadPair(files[2], files[3], binarisation, test: null));

    private static ImageData ReadPair(string imageFile, string labelFile, Binarisation binarisation, ImageData? test)
    {
        using var scope = torch.NewDisposeScope();
        var (images, imageWarning) = IdxReader.ReadTensor(imageFile);
        if (images.Dimensions != 3 || images.NumberOfElements == 0)
            throw new IdxException(imageFile, 3, $"images [N, H, W] were expected, but the extents are {Shape.Text(images)}");
        var (labels, labelWarning) = IdxReader.ReadTensor(labelFile);
        if (labels.Dimensions != 1 || labels.shape[0] != images.shape[0])
            throw new IdxException(
                labelFile, 3, $"{images.shape[0]} labels were expected, one for each image, but the extents are {Shape.Text(labels)}");
        var data = ImageData.Own(images.unsqueeze(1), labels, binarisation, test);
        string[] warnings = [.. new[] { imageWarning, labelWarning }.OfType<string>()];
        data.Warning = warnings.Length == 0 ? null : string.Join(Environment.NewLine, warnings);
        return data;
    }

    private static string NotFound(ImageSet set, List<string> searched, SearchPlaces places) =>
        $"""
        {set.Name} is in none of these places ({string.Join(", ", set.Files.Select(file => file.Name))}, plain or .gz):
        {string.Join('\n', searched)}
        To get it, {set.HowToInstall}, or pass download: true{places.OtherPlaces}.
        """;
}
