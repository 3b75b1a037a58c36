using System.Text;

namespace VaeToolkit.Tests.Imaging;

public sealed class PngWriterTests
{
    [Fact]
    public void Crc_agrees_with_the_published_check_value()
    {
        Crc32.Of("123456789"u8).Should().Be(0xCBF43926, "that is the check value of CRC-32/ISO-HDLC");
        Crc32.Of("IEND"u8).Should().Be(0xAE426082, "every PNG ends with it");
        Crc32.Of("1234"u8, "56789"u8).Should().Be(0xCBF43926);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_image_is_decoded_to_what_was_written(int channels)
    {
        byte[] pixels = [.. Enumerable.Range(0, 5 * 4 * channels).Select(i => (byte)(i * 11))];
        using var stream = new MemoryStream();
        PngWriter.Write(stream, pixels, width: 5, height: 4, channels);
        var png = PngContent.Decode(stream.ToArray());
        (png.Width, png.Height, png.Channels).Should().Be((5, 4, channels));
        png.Pixels.Should().Equal(pixels);
        png.Chunks.Select(chunk => chunk.Type).Should().Equal("IHDR", "IDAT", "IEND");
        png.Chunks.Should().OnlyContain(chunk => chunk.Crc == Crc32.Of(Encoding.ASCII.GetBytes(chunk.Type), chunk.Data));
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        using var stream = new MemoryStream();
        Writing(2, 2, 1, 5).Should().Throw<ArgumentException>().WithMessage("*2 x 2*1 channels take 4 bytes, but 5*");
        Writing(int.MaxValue, int.MaxValue, 3, 5).Should().Throw<ArgumentException>().WithMessage("*but 5*");
        Writing(0, 2, 1, 0).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("width");
        Writing(2, -1, 1, 0).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("height");
        Writing(1, 1, 2, 2).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("channels");

        Action Writing(int width, int height, int channels, int bytes) =>
            () => PngWriter.Write(stream, new byte[bytes], width, height, channels);
    }
}
