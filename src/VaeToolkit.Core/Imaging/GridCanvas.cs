namespace VaeToolkit;

/// <summary>The pixels of a grid: images are drawn into its cells, channels interleaved as PNG wants them.</summary>
internal sealed class GridCanvas
{
    private readonly GridShape _shape;
    private readonly int _columns;
    private readonly int _padding;
    private readonly int _scale;

    private GridCanvas(GridShape shape, int columns, int padding, int scale, int width, int height)
    {
        (_shape, _columns, _padding, _scale, Width, Height) = (shape, columns, padding, scale, width, height);
        Pixels = new byte[(long)width * height * shape.Channels];
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Pixels { get; }

    public static GridCanvas Create(GridShape shape, int columns, int padding, int scale, int largestSide)
    {
        var across = Math.Min(columns, shape.Count);
        var down = (shape.Count + across - 1) / across;
        var width = Side(across, shape.Width, padding, scale);
        var height = Side(down, shape.Height, padding, scale);
        if (width > largestSide || height > largestSide || width * height * shape.Channels > Array.MaxLength)
            throw new ArgumentException(
                $"The grid would be {width} x {height} pixels; at most {largestSide} a side and 2 GB in all can be written.");
        return new GridCanvas(shape, (int)across, padding, scale, (int)width, (int)height);
    }

    public void Draw(float[] values, int image)
    {
        var top = _padding + (image / _columns * ((_shape.Height * _scale) + _padding));
        var left = _padding + (image % _columns * ((_shape.Width * _scale) + _padding));
        for (var channel = 0; channel < _shape.Channels; channel++)
        {
            var area = _shape.Height * _shape.Width;
            var plane = values.AsSpan(((image * _shape.Channels) + channel) * area, area);
            for (var y = 0; y < _shape.Height * _scale; y++)
                DrawRow(plane.Slice(y / _scale * _shape.Width, _shape.Width), top + y, left, channel);
        }
    }

    private void DrawRow(ReadOnlySpan<float> row, int y, int left, int channel)
    {
        for (var x = 0; x < row.Length * _scale; x++)
        {
            var value = Math.Clamp(row[x / _scale], 0f, 1f);
            Pixels[((((long)y * Width) + left + x) * _shape.Channels) + channel] = (byte)MathF.Round(255 * value);
        }
    }

    private static Int128 Side(Int128 cells, Int128 cell, Int128 padding, Int128 scale) => (cells * ((cell * scale) + padding)) + padding;
}
