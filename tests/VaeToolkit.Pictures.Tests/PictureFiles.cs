using StbImageWriteSharp;

namespace VaeToolkit.Pictures.Tests;

/// <summary>Writes pictures.</summary>
internal static class PictureFiles
{
    /// <summary>A picture whose colours are functions of its place and a number.</summary>
    public static byte[] Colours(int height, int width, int number, int channels = 3)
    {
        var pixels = new byte[height * width * channels];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(number * 31 + i * 7);
        return pixels;
    }

    /// <summary>Writes a file in the format of its ending.</summary>
    public static void Write(string path, byte[] pixels, int height, int width, int channels = 3)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encode(Path.GetExtension(path), pixels, height, width, channels));
    }

    /// <summary>A file's bytes.</summary>
    public static byte[] Encode(string ending, byte[] pixels, int height, int width, int channels = 3)
    {
        using var stream = new MemoryStream();
        var (writer, components) = (new ImageWriter(), channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue);
        switch (ending)
        {
            case ".png":
                writer.WritePng(pixels, width, height, components, stream);
                break;
            case ".bmp":
                writer.WriteBmp(pixels, width, height, components, stream);
                break;
            default:
                writer.WriteJpg(pixels, width, height, components, stream, 95);
                break;
        }
        return stream.ToArray();
    }

    /// <summary>From colours side by side to one plane after the other.</summary>
    public static byte[] Planes(byte[] pixels)
        => [.. Enumerable.Range(0, 3).SelectMany(c => pixels.Where((_, i) => i % 3 == c))];
}
