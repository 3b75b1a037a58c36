using StbImageSharp;
using TorchSharp;

namespace VaeToolkit.Pictures;

/// <summary>From a file to the bytes <c>[C, H, W]</c> of an item.</summary>
/// <param name="Height">H, or null for the picture's own.</param>
/// <param name="Width">W, or null for the picture's own.</param>
/// <param name="Channels">C, 1 or 3.</param>
/// <param name="MostPixels">The most pixels that a file may have.</param>
internal sealed record PictureDecoder(int? Height, int? Width, int Channels, long MostPixels)
{
    /// <summary>Decodes a file.</summary>
    /// <exception cref="PictureException">It cannot be read.</exception>
    public (byte[] Pixels, int Height, int Width) Decode(string path)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PictureException(path, e.Message, e);
        }
        if (PictureFormat.Problem(file) is { } problem)
            throw new PictureException(path, problem);
        var picture = Decode(path, file);
        var planes = Planes(picture.Data, picture.Height * picture.Width);
        return Height is not { } height || Width is not { } width || (picture.Height == height && picture.Width == width)
            ? (planes, picture.Height, picture.Width)
            : (Cropped(planes, picture.Height, picture.Width, height, width), height, width);
    }

    private ImageResult Decode(string path, byte[] file)
    {
        try
        {
            using var stream = new MemoryStream(file);
            var size = ImageInfo.FromStream(stream)
                ?? throw new PictureException(path, "its size cannot be read, or is beyond what the decoder takes");
            // A BMP whose rows go downwards says so by a negative height.
            var height = Math.Abs((long)size.Height);
            if (size.Width < 1 || height < 1 || size.Width * height > MostPixels)
                throw new PictureException(
                    path, FormattableString.Invariant(
                        $"it says that it has {size.Width} x {height} pixels; 1 to {MostPixels} (MostPixels) are read"));
            return ImageResult.FromMemory(file, Channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue);
        }
        // The decoder is a translation of a C library, and says what it meets in any way.
        catch (Exception e) when (e is not (PictureException or OutOfMemoryException))
        {
            throw new PictureException(path, $"it cannot be decoded: {e.Message}", e);
        }
    }

    // From colours side by side to one plane after the other.
    private byte[] Planes(byte[] pixels, int size)
    {
        if (Channels == 1)
            return pixels;
        var planes = new byte[pixels.Length];
        for (var i = 0; i < size; i++)
        {
            for (var c = 0; c < Channels; c++)
                planes[c * size + i] = pixels[i * Channels + c];
        }
        return planes;
    }

    // The picture is made as small as the item in one direction and no smaller in the other, of which the middle is kept.
    private byte[] Cropped(byte[] planes, int height, int width, int newHeight, int newWidth)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var scale = Math.Max((double)newHeight / height, (double)newWidth / width);
        long[] scaled = [Scaled(height, newHeight), Scaled(width, newWidth)];
        var pixels = torch.empty([1, Channels, height, width], torch.uint8, torch.CPU);
        planes.CopyTo(pixels.bytes);
        var resized = torch.nn.functional.interpolate(
            pixels.to(torch.float32), scaled, mode: torch.InterpolationMode.Bilinear, align_corners: false, antialias: true);
        var cropped = resized.narrow(2, (scaled[0] - newHeight) / 2, newHeight).narrow(3, (scaled[1] - newWidth) / 2, newWidth);
        return cropped.round().clamp(0, byte.MaxValue).to(torch.uint8).contiguous().bytes.ToArray();

        long Scaled(int old, int least) => Math.Max(least, (long)Math.Round(old * scale));
    }
}
