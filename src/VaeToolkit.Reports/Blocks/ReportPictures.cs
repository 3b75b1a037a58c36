using System.Buffers.Binary;
using TorchSharp;

namespace VaeToolkit.Reports;

/// <summary>Small pictures in a grid, as PNG.</summary>
public sealed record ReportPictures : ReportBlock
{
    // What a row is scaled up to, in pixels; a digit of 28 pixels becomes 56 or so.
    private const int RowWidth = 700;
    private const int LargestScale = 4;
    private static readonly byte[] s_signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private ReportPictures(string caption, string description, byte[] png, int width)
        => (Caption, Description, Png, Width) = (caption, description, png, width);

    /// <summary>What the pictures are.</summary>
    public string Caption { get; }

    /// <summary>The same for those who do not see them.</summary>
    public string Description { get; }

    internal byte[] Png { get; }

    /// <summary>How wide they are drawn, in CSS pixels; the file itself has a pixel for every value.</summary>
    internal int Width { get; }

    /// <summary>Takes pictures.</summary>
    /// <param name="caption">What they are.</param>
    /// <param name="description">The same for those who do not see them: what is in rows and columns.</param>
    /// <param name="images">As of <see cref="ImageGrid.ToPng"/>: <c>[N, D]</c>, <c>[N, H, W]</c> or <c>[N, C, H, W]</c>, values in [0, 1].
    /// </param>
    /// <param name="columns">Pictures a row, at least 1.</param>
    /// <exception cref="ArgumentException">The tensor is refused by <see cref="ImageGrid.ToPng"/>.</exception>
    public static ReportPictures Of(string caption, string description, torch.Tensor images, int columns = 8)
    {
        ArgumentException.ThrowIfNullOrEmpty(caption);
        ArgumentException.ThrowIfNullOrEmpty(description);
        return Of(caption, description, ImageGrid.ToPng(images, columns, padding: 1));
    }

    /// <summary>Takes a picture that was written before, such as by <see cref="ImageGrid.Save"/>.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="description">The same for those who do not see it.</param>
    /// <param name="path">A PNG file.</param>
    /// <exception cref="InvalidDataException">It is no PNG file; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReportPictures Read(string caption, string description, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(caption);
        ArgumentException.ThrowIfNullOrEmpty(description);
        var png = File.ReadAllBytes(path);
        return png.AsSpan().StartsWith(s_signature) && png.Length > 24 && WidthOf(png) > 0 ? Of(caption, description, png)
            : throw new InvalidDataException($"'{path}' is no PNG file.");
    }

    private static ReportPictures Of(string caption, string description, byte[] png)
        => new(caption, description, png, WidthOf(png) * Math.Clamp(RowWidth / WidthOf(png), 1, LargestScale));

    // Bytes 16 to 19 are the width.
    private static int WidthOf(byte[] png) => BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16, 4));
}
