using TorchSharp;

namespace VaeToolkit.Pictures;

/// <summary>How the pictures of a folder are read.</summary>
public sealed record PictureOptions
{
    /// <summary>
    /// Height of the items in pixels, at least 1, with <see cref="Width"/>; null for the pictures' own, which must be the same for all.
    /// </summary>
    public int? Height { get; init; }

    /// <summary>Width of the items in pixels, as <see cref="Height"/>.</summary>
    public int? Width { get; init; }

    /// <summary>Whether items are grey, <c>[1, H, W]</c>, by the luma 0.30 R + 0.59 G + 0.11 B; default false: <c>[3, H, W]</c>.</summary>
    public bool Grey { get; init; }

    /// <summary>
    /// Whether pictures have labels: from <see cref="LabelFile"/> or, without one, one folder a class where pictures lie in sub-folders;
    /// default true.
    /// </summary>
    public bool Labelled { get; init; } = true;

    /// <summary>
    /// A CSV file, relative to the folder, whose first line names the columns and has <c>file</c> and <c>label</c> among them; the pictures
    /// are then those that it lists, in its order. Null for none.
    /// </summary>
    public string? LabelFile { get; init; }

    /// <summary>
    /// Names of all classes, in the order of their labels: <see cref="PictureData.Classes"/> of the training data for a test folder, in
    /// which some may not occur. A picture of another class is refused. Null, the default, for those that the folder has: in the order of
    /// numbers where all are numbers, else of their characters.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>
    /// The type of the items, <c>torch.float32</c>, the default, or <c>torch.float64</c> for a model of that type: k / 255 is rounded once.
    /// </summary>
    public torch.ScalarType Type { get; init; } = torch.ScalarType.Float32;

    /// <summary>What is done about damaged files; default <see cref="DamagedFiles.Refuse"/>.</summary>
    public DamagedFiles Damaged { get; init; } = DamagedFiles.Refuse;

    /// <summary>
    /// The most pixels that a file may have, at least 1; default 100 million. A damaged or hostile file may claim any number, and is
    /// refused before memory is taken for it.
    /// </summary>
    public long MostPixels { get; init; } = 100_000_000;

    /// <summary>Batches that <see cref="PictureData.Stream"/> decodes ahead of training, at least 1; default 4.</summary>
    public int BatchesAhead { get; init; } = 4;

    /// <summary>Every option by name and value.</summary>
    public override string ToString() => OptionText.InWords(this);

    internal PictureOptions Validated()
    {
        if (Height is null != Width is null)
            throw new ArgumentException(
                $"Height is {Text(Height)} and Width {Text(Width)}; give both, or neither for the pictures' own size", nameof(Height));
        Require(Height is null or > 0, Height, nameof(Height));
        Require(Width is null or > 0, Width, nameof(Width));
        Require(MostPixels > 0, MostPixels, nameof(MostPixels));
        if (Type is not (torch.ScalarType.Float32 or torch.ScalarType.Float64))
            throw new ArgumentOutOfRangeException(nameof(Type), Type, "Type must be float32 or float64");
        Require(BatchesAhead > 0, BatchesAhead, nameof(BatchesAhead));
        if (!Enum.IsDefined(Damaged))
            throw new ArgumentOutOfRangeException(nameof(Damaged), Damaged, "not one of Refuse, Skip");
        if (Classes is not null)
            RequireClasses(Classes, nameof(Classes));
        return LabelFile is null || Labelled
            ? this
            : throw new ArgumentException($"LabelFile is '{LabelFile}', but Labelled is false", nameof(LabelFile));
    }

    private void RequireClasses(IReadOnlyList<string> classes, string name)
    {
        if (!Labelled)
            throw new ArgumentException($"Classes has {string.Join(", ", classes)}, but Labelled is false", name);
        if (classes.Count == 0 || classes.Any(string.IsNullOrEmpty))
            throw new ArgumentException(
                classes.Count == 0 ? "Classes is empty; give null for those that the folder has" : "Classes has one without a name",
                name);
        if (classes.GroupBy(one => one).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"Classes has '{twice.Key}' {twice.Count()} times", name);
    }

    private static string Text(int? value) => value is null ? "null" : FormattableString.Invariant($"{value}");

    private static void Require(bool holds, object? value, string name)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1");
    }
}
