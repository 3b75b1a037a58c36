namespace VaeToolkit;

/// <summary>
/// How many values each factor of <see cref="SpriteData"/> takes, and the pictures' size.
/// The number of pictures is the product of the five counts.
/// </summary>
public sealed record SpriteGrid
{
    /// <summary>Shapes, 1 to 3: square, ellipse, heart.</summary>
    public int Shapes { get; init; } = 3;

    /// <summary>Sizes, at least 1; from half to all of the largest.</summary>
    public int Scales { get; init; } = 4;

    /// <summary>
    /// Orientations, at least 1; evenly over the turn after which the shape looks the same (a quarter for the square, a half for the
    /// ellipse, a whole for the heart), so that no two pictures of the grid are of the same thing.
    /// </summary>
    public int Orientations { get; init; } = 8;

    /// <summary>Horizontal positions, at least 1.</summary>
    public int ColumnPositions { get; init; } = 8;

    /// <summary>Vertical positions, at least 1.</summary>
    public int RowPositions { get; init; } = 8;

    /// <summary>Height and width in pixels, at least 8.</summary>
    public int Side { get; init; } = 32;

    internal int[] Sizes => [Shapes, Scales, Orientations, ColumnPositions, RowPositions];

    internal SpriteGrid Validated()
    {
        if (Shapes is < 1 or > 3)
            throw new ArgumentOutOfRangeException(nameof(Shapes), Shapes, "there are 1 to 3 shapes: square, ellipse, heart");
        Shape.RequirePositive(Scales, "Scales", nameof(Scales));
        Shape.RequirePositive(Orientations, "Orientations", nameof(Orientations));
        Shape.RequirePositive(ColumnPositions, "ColumnPositions", nameof(ColumnPositions));
        Shape.RequirePositive(RowPositions, "RowPositions", nameof(RowPositions));
        if (Side < 8)
            throw new ArgumentOutOfRangeException(nameof(Side), Side, "a picture needs at least 8 pixels a side");
        var count = Sizes.Aggregate(1.0, (product, size) => product * size);
        return count * Side * Side <= Array.MaxLength ? this
            : throw new ArgumentException(
                FormattableString.Invariant($"the grid has {count} pictures of {Side} x {Side} pixels; at most 2 GB can be held"));
    }
}
