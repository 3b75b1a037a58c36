using System.Text.RegularExpressions;

namespace VaeToolkit.Volumes;

/// <summary>Finds image and label files that belong together.</summary>
internal sealed partial record VolumePairs(IReadOnlyList<VolumeFiles> Cases, IReadOnlyList<string> Unpaired)
{
    private static readonly (string Images, string Labels)[] s_layouts = [("imagesTr", "labelsTr"), ("images", "labels")];
    private static readonly string[] s_endings = [".nii.gz", ".nii", ".hdr.gz", ".hdr"];

    public static VolumePairs Find(string folder)
    {
        var layout = s_layouts.FirstOrDefault(
            names => Directory.Exists(Path.Combine(folder, names.Images)) && Directory.Exists(Path.Combine(folder, names.Labels)));
        if (layout.Images is null)
            throw new DirectoryNotFoundException($"{folder} has neither the folders imagesTr and labelsTr nor images and labels.");
        var images = Volumes(Path.Combine(folder, layout.Images));
        var labels = Volumes(Path.Combine(folder, layout.Labels)).ToDictionary(pair => pair.Name, pair => pair.Path);
        // A name of its own in labels comes first: "scan_0001" may be a case's whole name.
        var groups = images.GroupBy(pair => labels.ContainsKey(pair.Name) ? pair.Name : ChannelEnding().Replace(pair.Name, "")).ToList();
        VolumeFiles[] cases =
        [
            .. groups.Where(group => labels.ContainsKey(group.Key))
                .Select(group => new VolumeFiles(group.Key, [.. group.Select(pair => pair.Path)], labels[group.Key]))
                .OrderBy(files => files.Name, StringComparer.Ordinal),
        ];
        if (cases.Length == 0)
            throw new FileNotFoundException($"{folder}: no image in {layout.Images} has a label file of its name in {layout.Labels}.");
        var paired = cases.SelectMany(files => files.Images.Append(files.Labels)).ToHashSet();
        return new(cases, [.. images.Select(pair => pair.Path)
            .Concat(labels.Values).Where(path => !paired.Contains(path)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Names without ending, and paths, in order. Names that begin with a dot are other systems' notes about files.</summary>
    private static List<(string Name, string Path)> Volumes(string folder)
    {
        var found = from path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
                    let file = Path.GetFileName(path)
                    let ending = s_endings.FirstOrDefault(known => file.EndsWith(known, StringComparison.OrdinalIgnoreCase))
                    where ending is not null && file[0] != '.'
                    select (Name: file[..^ending.Length], Path: path);
        var volumes = found.ToList();
        // Two files of one name would be taken for two channels of one image.
        return volumes.GroupBy(pair => pair.Name).FirstOrDefault(group => group.Count() > 1) is { } twins
            ? throw new InvalidDataException(
                $"{string.Join(" and ", twins.Select(pair => pair.Path))} are all called '{twins.Key}'; keep one of them.")
            : volumes;
    }

    [GeneratedRegex("_[0-9]{4}$")]
    private static partial Regex ChannelEnding();
}
