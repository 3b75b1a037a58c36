namespace VaeToolkit.Volumes;

/// <summary>The files of one case.</summary>
/// <param name="Name">What the case is called: the file's name without its ending.</param>
/// <param name="Images">One file, or one for each channel, which lie on one grid.</param>
/// <param name="Labels">The label file, or null.</param>
public sealed record VolumeFiles(string Name, IReadOnlyList<string> Images, string? Labels)
{
    /// <summary>Name and files in one line.</summary>
    public override string ToString() => $"{Name}: {string.Join(", ", Images)}; labels {Labels ?? "none"}";
}
