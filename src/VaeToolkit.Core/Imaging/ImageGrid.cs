using System.Runtime.InteropServices;
using TorchSharp;

namespace VaeToolkit;

/// <summary>Lays a batch of images out in a grid and writes it as a PNG.</summary>
public static class ImageGrid
{
    private const int LargestSide = 1 << 16;

    /// <summary>
    /// Saves images in rows of <paramref name="columns"/>, first image at the top left. Values are intensities, 0 black and 1 white;
    /// what lies outside [0, 1] is clamped.
    /// </summary>
    /// <param name="path">Where; the folder is made if it is not there, and the file appears whole or not at all.</param>
    /// <param name="images">
    /// Floating-point images: <c>[N, D]</c> with D a square number, <c>[N, H, W]</c>, <c>[N, 1, H, W]</c>, or <c>[N, 3, H, W]</c> for RGB.
    /// </param>
    /// <param name="columns">Images a row, at least 1; fewer images than that give a narrower grid.</param>
    /// <param name="padding">Black pixels between and around images, at least 0.</param>
    /// <param name="scale">Every value becomes a square of this many pixels, at least 1.</param>
    /// <exception cref="ArgumentException">The tensor has another rank, size or type, is empty, or holds NaN.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, torch.Tensor images, int columns = 8, int padding = 2, int scale = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (canvas, channels) = Draw(images, columns, padding, scale);
        PngWriter.Write(path, canvas.Pixels, canvas.Width, canvas.Height, channels);
    }

    /// <summary>Writes the same PNG to a stream, which stays open: a web service's response, for one.</summary>
    /// <param name="stream">The stream. Nothing is written to it when the images are refused.</param>
    /// <param name="images">As of <see cref="Save"/>.</param>
    /// <param name="columns">As of <see cref="Save"/>.</param>
    /// <param name="padding">As of <see cref="Save"/>.</param>
    /// <param name="scale">As of <see cref="Save"/>.</param>
    /// <exception cref="ArgumentException">The tensor has another rank, size or type, is empty, or holds NaN.</exception>
    public static void Write(Stream stream, torch.Tensor images, int columns = 8, int padding = 2, int scale = 1)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var (canvas, channels) = Draw(images, columns, padding, scale);
        PngWriter.Write(stream, canvas.Pixels, canvas.Width, canvas.Height, channels);
    }

    /// <summary>The bytes of the same PNG.</summary>
    /// <param name="images">As of <see cref="Save"/>.</param>
    /// <param name="columns">As of <see cref="Save"/>.</param>
    /// <param name="padding">As of <see cref="Save"/>.</param>
    /// <param name="scale">As of <see cref="Save"/>.</param>
    /// <exception cref="ArgumentException">The tensor has another rank, size or type, is empty, or holds NaN.</exception>
    public static byte[] ToPng(torch.Tensor images, int columns = 8, int padding = 2, int scale = 1)
    {
        using var stream = new MemoryStream();
        Write(stream, images, columns, padding, scale);
        return stream.ToArray();
    }

    private static (GridCanvas Canvas, int Channels) Draw(torch.Tensor images, int columns, int padding, int scale)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        var shape = ImageShape(images);
        var values = ReadValues(images, shape);
        var canvas = GridCanvas.Create(shape, columns, padding, scale, LargestSide);
        for (var i = 0; i < shape.Count; i++)
            canvas.Draw(values, i);
        return (canvas, shape.Channels);
    }

    private static GridShape ImageShape(torch.Tensor images)
    {
        if (!images.is_floating_point())
            throw new ArgumentException(
                $"Images must be floating-point with values in [0, 1], but are {images.dtype}; divide bytes by 255.", nameof(images));
        var s = images.shape;
        var shape = s.Length switch
        {
            2 when SquareSide(s[1]) is { } side => new GridShape(s[0], 1, side, side),
            3 => new GridShape(s[0], 1, s[1], s[2]),
            4 => new GridShape(s[0], s[1], s[2], s[3]),
            2 => throw new ArgumentException(
                $"Flat images [N, D] need a square number D, but the shape is [{s[0]}, {s[1]}]; reshape them to [N, H, W].",
                nameof(images)),
            _ => throw new ArgumentException(
                $"Images must be [N, D], [N, H, W] or [N, C, H, W], but are {Shape.Text(s)}.", nameof(images)),
        };
        if (shape.Channels is not (1 or 3))
            throw new ArgumentException(
                $"Images have 1 channel (grey) or 3 (RGB), but these of shape {Shape.Text(s)} have {shape.Channels}.",
                nameof(images));
        if (s.Contains(0))
            throw new ArgumentException($"There is nothing to draw: the shape is {Shape.Text(s)}.", nameof(images));
        return shape;
    }

    private static long? SquareSide(long length)
    {
        var side = (long)Math.Round(Math.Sqrt(length));
        return side * side == length ? side : null;
    }

    private static float[] ReadValues(torch.Tensor images, GridShape shape)
    {
        var values = new float[shape.Count * shape.ImageLength];
        using (torch.NewDisposeScope())
        {
            var plain = images.detach().cpu().to(torch.float32).contiguous();
            MemoryMarshal.Cast<byte, float>(plain.bytes).CopyTo(values);
        }
        var bad = Array.FindIndex(values, float.IsNaN);
        return bad < 0 ? values : throw new ArgumentException($"Image {bad / shape.ImageLength} holds NaN.", nameof(images));
    }
}
