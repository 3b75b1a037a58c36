namespace VaeToolkit;

/// <summary>Draws white shapes on black, anti-aliased by sampling each pixel at 4×4 points.</summary>
internal static class SpritePainter
{
    private const int SamplesPerSide = 4;

    // The largest shape reaches so far from its centre, in widths of the picture, and its centre stays as far from the edges.
    private const double LargestReach = 0.22;

    /// <summary>
    /// The turn after which a shape looks as before: a quarter for the square, a half for the ellipse, a whole for the heart.
    /// </summary>
    private static readonly double[] s_periods = [Math.PI / 2, Math.PI, 2 * Math.PI];

    /// <summary>Draws the picture of one combination of factor values.</summary>
    internal static void Paint(Span<byte> image, SpriteGrid grid, ReadOnlySpan<int> values)
    {
        var (shape, reach) = (values[0], LargestReach * (0.5 + 0.5 * Share(values[1], grid.Scales)));
        var (sine, cosine) = Math.SinCos(s_periods[shape] * values[2] / grid.Orientations);
        var (left, top) = (Place(values[3], grid.ColumnPositions), Place(values[4], grid.RowPositions));
        for (var i = 0; i < image.Length; i++)
        {
            var inside = 0;
            for (var s = 0; s < SamplesPerSide * SamplesPerSide; s++)
            {
                var x = ((i % grid.Side) + (s % SamplesPerSide + 0.5) / SamplesPerSide) / grid.Side - left;
                var y = ((i / grid.Side) + (s / SamplesPerSide + 0.5) / SamplesPerSide) / grid.Side - top;
                if (IsInside(shape, (cosine * x + sine * y) / reach, (cosine * y - sine * x) / reach))
                    inside++;
            }
            image[i] = (byte)(255 * inside / (SamplesPerSide * SamplesPerSide));
        }
    }

    // A single value stands in the middle of the range.
    private static double Share(int value, int count) => count == 1 ? 0.5 : (double)value / (count - 1);

    private static double Place(int value, int count) => LargestReach + (1 - 2 * LargestReach) * Share(value, count);

    private static bool IsInside(int shape, double x, double y) => shape switch
    {
        0 => Math.Abs(x) <= 0.7 && Math.Abs(y) <= 0.7,
        1 => x * x + 4 * y * y <= 1,
        _ => InHeart(1.25 * x, -1.25 * y + 0.1),
    };

    // (x² + y² − 1)³ ≤ x² y³
    private static bool InHeart(double x, double y)
    {
        var disc = x * x + y * y - 0.8;
        return disc * disc * disc <= x * x * y * y * y;
    }
}
