using TorchSharp;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>A folder of image and label files that are read when they are asked for; the folder's cache keeps what was used last.</summary>
/// <param name="folder">The folder; its preprocessing brings all cases to one size.</param>
public sealed class FolderSource(VolumeFolder folder) : SegmentationSource
{
    private readonly VolumeFolder _folder = folder ?? throw new ArgumentNullException(nameof(folder));
    private readonly SortedDictionary<int, string> _warnings = [];

    /// <inheritdoc/>
    public override int Count => _folder.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => [.. _warnings.Values];

    /// <inheritdoc/>
    public override string NameOf(int index) => _folder.Cases[index].Name;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A case has no labels, or cases differ in size.</exception>
    /// <exception cref="IOException">A file is missing or damaged.</exception>
    public override Batch Take(IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        using var scope = torch.NewDisposeScope();
        var (volumes, labels) = VolumeCase.Stack([.. indices.Select(Load)]);
        return new Batch(volumes, labels);
    }

    private VolumeCase Load(int index)
    {
        var item = _folder.Load(index);
        if (item.Warning is { } warning)
            _warnings[index] = warning;
        return item;
    }
}
