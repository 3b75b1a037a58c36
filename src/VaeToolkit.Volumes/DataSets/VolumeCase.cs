using TorchSharp;

namespace VaeToolkit.Volumes;

/// <summary>An image and, where there are any, its labels on the same grid.</summary>
public sealed class VolumeCase
{
    /// <summary>A case.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="image">The image.</param>
    /// <param name="labels">Its labels, or null.</param>
    /// <param name="originalGrid">Where results belong in the end; the image's grid when null.</param>
    /// <param name="gridTolerance">How far voxels of image and labels may lie apart, in voxels: see <see cref="VoxelGrid.Matches"/>. The
    /// labels are then taken to lie on the image's grid.</param>
    /// <exception cref="ArgumentException">Image and labels lie on different grids.</exception>
    public VolumeCase(
        string name, Volume<float> image, Volume<int>? labels = null, VoxelGrid? originalGrid = null,
        double gridTolerance = VoxelGrid.DefaultTolerance)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(image);
        if (labels is not null && !labels.Grid.Matches(image.Grid, gridTolerance))
            throw new ArgumentException(
                $"{name}: {image.Name} has {image.Size} voxels with affine map [{image.Grid.Affine}], but {labels.Name} has "
                + $"{labels.Size} with [{labels.Grid.Affine}].",
                nameof(labels));
        (Name, Image, Labels, OriginalGrid) = (name, image, labels?.On(image.Grid, labels.Data), originalGrid ?? image.Grid);
        Warning = Joined(image.Warning, labels?.Warning);
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The image.</summary>
    public Volume<float> Image { get; }

    /// <summary>Its labels, or null.</summary>
    public Volume<int>? Labels { get; }

    /// <summary>The grid of the file the image came from, whatever was done to it since.</summary>
    public VoxelGrid OriginalGrid { get; }

    /// <summary>
    /// What a person should look at, such as a channel with only one value, labels that were cut away, or what is odd about the files;
    /// null for nothing.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>The same operation on image and labels.</summary>
    /// <param name="image">What to do with the image.</param>
    /// <param name="labels">What to do with the labels.</param>
    /// <exception cref="ArgumentException">The results lie on different grids.</exception>
    public VolumeCase Select(Func<Volume<float>, Volume<float>> image, Func<Volume<int>, Volume<int>> labels)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(labels);
        var (newImage, newLabels) = (image(Image), Labels is null ? null : labels(Labels));
        return new(Name, newImage, newLabels, OriginalGrid) { Warning = Joined(Warning, newImage.Warning, newLabels?.Warning) };
    }

    /// <summary>
    /// The case with its image set to 0 outside a mask, such as the brain. Labels stay as they are; how many of them lie outside becomes a
    /// <see cref="Warning"/>.
    /// </summary>
    /// <param name="mask">The mask, of one channel.</param>
    /// <exception cref="ArgumentException">The mask lies on another grid, or has several channels.</exception>
    public VolumeCase Within(Volume<bool> mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        VolumeTensors.RequireOneChannel(mask);
        if (!mask.Grid.Matches(Image.Grid))
            throw new ArgumentException(
                $"{Name}: {Image.Name} has {Image.Size} voxels, but the mask {mask.Name} has {mask.Size} or lies elsewhere.", nameof(mask));
        float[] inside = [.. Image.Data.Select((value, i) => mask.Data[i % mask.Data.Length] ? value : 0)];
        var (all, outside) = (Labels?.Data.Count(label => label != 0) ?? 0,
            Labels?.Data.Where((label, i) => label != 0 && !mask.Data[i]).Count() ?? 0);
        return Select(_ => Image.With(inside), labels => labels)
            .Warned(outside > 0 ? $"{Labels!.Name}: {outside} of {all} label voxels lie outside the mask {mask.Name}." : null);
    }

    /// <summary>The case after a step that changes its grid, with a warning where that takes away labels.</summary>
    internal VolumeCase Moved(string step, Func<Volume<float>, Volume<float>> image, Func<Volume<int>, Volume<int>> labels)
    {
        var changed = Select(image, labels);
        return Labels is null ? changed : changed.Warned(LabelLoss.Between(Labels, changed.Labels!, step));
    }

    /// <summary>The case with one more sentence in its warning, unless that is null or there already.</summary>
    internal VolumeCase Warned(string? warning) =>
        warning is null ? this : new(Name, Image, Labels, OriginalGrid) { Warning = Joined(Warning, warning) };

    /// <summary>
    /// Brings predicted labels back onto <see cref="OriginalGrid"/>, each voxel with the label of the largest interpolated weight.
    /// </summary>
    /// <param name="prediction">Labels on any grid of the same world.</param>
    public Volume<int> Restore(Volume<int> prediction) => Resampling.Majority(prediction, OriginalGrid);

    /// <summary>Brings a predicted map back onto <see cref="OriginalGrid"/> by linear interpolation.</summary>
    /// <param name="prediction">Values on any grid of the same world.</param>
    public Volume<float> Restore(Volume<float> prediction) => Resampling.Linear(prediction, OriginalGrid);

    /// <summary>Name, image, labels and warning.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        new[] { Name, $"  image   {Image}", Labels is null ? null : $"  labels  {Labels}", Warning is null ? null : $"  warning {Warning}" }
            .Where(line => line is not null));

    /// <summary>Images <c>[N, C, D, H, W]</c> and labels <c>[N, D, H, W]</c> (int64) of cases of one size, in the caller's scope.</summary>
    /// <param name="cases">At least one, all with labels.</param>
    /// <exception cref="ArgumentException">There is none, one has no labels, or sizes or channels differ.</exception>
    public static (torch.Tensor Images, torch.Tensor Labels) Stack(IReadOnlyList<VolumeCase> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count == 0)
            throw new ArgumentException("There are no cases to stack.", nameof(cases));
        var first = cases[0].Image;
        foreach (var item in cases)
        {
            if (item.Labels is null)
                throw new ArgumentException($"{item.Name} has no labels.", nameof(cases));
            if (item.Image.Size != first.Size || item.Image.Channels != first.Channels)
                throw new ArgumentException(
                    $"Cases of one batch must be of one size, but {item.Name} has {item.Image.Size} voxels and "
                    + $"{item.Image.Channels} channels, "
                    + $"{cases[0].Name} {first.Size} and {first.Channels}.",
                    nameof(cases));
        }
        using var scope = torch.NewDisposeScope();
        var images = torch.stack([.. cases.Select(item => item.Image.ToTensor())]);
        var labels = torch.stack([.. cases.Select(item => item.Labels!.ToTensor())]);
        return (images.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    private static string? Joined(params ReadOnlySpan<string?> warnings)
    {
        string? joined = null;
        foreach (var warning in warnings)
            if (warning is not null && joined?.Contains(warning, StringComparison.Ordinal) != true)
                joined = joined is null ? warning : $"{joined} {warning}";
        return joined;
    }
}
