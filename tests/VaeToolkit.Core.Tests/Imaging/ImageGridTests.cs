using TorchSharp;

namespace VaeToolkit.Tests.Imaging;

public sealed class ImageGridTests
{
    [Fact]
    public void Images_stand_in_rows_between_padding()
    {
        using var scope = torch.NewDisposeScope();
        var png = Saved(torch.tensor(new float[] { 0.2f, 0.4f, 0.6f }, [3, 1, 1]), columns: 2, padding: 1);
        (png.Width, png.Height, png.Channels).Should().Be((5, 5, 1));
        png.Pixels.Should().Equal(
            0, 0, 0, 0, 0,
            0, 51, 0, 102, 0,
            0, 0, 0, 0, 0,
            0, 153, 0, 0, 0,
            0, 0, 0, 0, 0);
    }

    [Fact]
    public void Flat_plain_and_one_channel_images_give_the_same_picture()
    {
        using var scope = torch.NewDisposeScope();
        var images = torch.rand(5, 1, 6, 6);
        var expected = Saved(images).Pixels;
        Saved(images.reshape(5, 6, 6)).Pixels.Should().Equal(expected);
        Saved(images.reshape(5, 36)).Pixels.Should().Equal(expected);
        Saved(images.to(torch.float64)).Pixels.Should().Equal(expected);
    }

    [Fact]
    public void Bytes_and_a_stream_hold_what_the_file_does_and_the_stream_stays_open()
    {
        using var scope = torch.NewDisposeScope();
        using var folder = new TemporaryFolder();
        var images = torch.rand(5, 3, 6, 6);
        ImageGrid.Save(folder["grid.png"], images, columns: 2, padding: 1, scale: 3);
        var file = File.ReadAllBytes(folder["grid.png"]);
        ImageGrid.ToPng(images, columns: 2, padding: 1, scale: 3).Should().Equal(file);
        using var stream = new MemoryStream();
        ImageGrid.Write(stream, images, columns: 2, padding: 1, scale: 3);
        stream.CanWrite.Should().BeTrue();
        stream.ToArray().Should().Equal(file);
        FluentActions.Invoking(() => ImageGrid.Write(stream, torch.zeros(4))).Should().Throw<ArgumentException>();
        stream.Length.Should().Be(file.Length, "a refused picture writes nothing");
        FluentActions.Invoking(() => ImageGrid.Write(null!, images)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => ImageGrid.ToPng(images, columns: 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Colours_are_interleaved()
    {
        using var scope = torch.NewDisposeScope();
        var png = Saved(torch.tensor(new float[] { 1, 0, 0, 0.2f, 0, 1 }, [1, 3, 1, 2]), padding: 0);
        png.Channels.Should().Be(3);
        png.Pixels.Should().Equal(255, 0, 0, 0, 51, 255);
    }

    [Fact]
    public void Values_outside_the_range_are_clamped_and_every_value_can_become_a_square()
    {
        using var scope = torch.NewDisposeScope();
        var values = new float[] { -1, 2, float.NegativeInfinity, float.PositiveInfinity };
        var png = Saved(torch.tensor(values, [1, 2, 2]), padding: 0, scale: 2);
        png.Pixels.Should().Equal(0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255);
    }

    [Fact]
    public void Tensors_that_are_no_images_are_refused_with_what_came()
    {
        using var scope = torch.NewDisposeScope();
        Saving(torch.zeros(4)).Should().Throw<ArgumentException>().WithMessage("*[N, C, H, W], but are [4]*");
        Saving(torch.zeros(2, 5)).Should().Throw<ArgumentException>().WithMessage("*square*[2, 5]*");
        Saving(torch.zeros(2, 2, 4, 4)).Should().Throw<ArgumentException>().WithMessage("*1 channel*[2, 2, 4, 4]*have 2*");
        Saving(torch.zeros(0, 4)).Should().Throw<ArgumentException>().WithMessage("*nothing to draw*[0, 4]*");
        Saving(torch.zeros(2, 0, 4)).Should().Throw<ArgumentException>().WithMessage("*nothing to draw*");
        Saving(torch.zeros([2, 4], dtype: torch.uint8)).Should().Throw<ArgumentException>().WithMessage("*Byte*divide bytes by 255*");
        Saving(torch.tensor(new[] { 0f, 0f, float.NaN }, [3, 1])).Should().Throw<ArgumentException>().WithMessage("Image 2 holds NaN*");
        Saving(torch.zeros(2, 4), columns: 0).Should().Throw<ArgumentOutOfRangeException>();
        Saving(torch.zeros(2, 4), padding: -1).Should().Throw<ArgumentOutOfRangeException>();
        Saving(torch.zeros(2, 4), scale: 0).Should().Throw<ArgumentOutOfRangeException>();
        Saving(torch.zeros(2, 4), scale: int.MaxValue).Should().Throw<ArgumentException>().WithMessage("*pixels*");
        Saving(torch.zeros(2, 4), padding: int.MaxValue).Should().Throw<ArgumentException>().WithMessage("*pixels*");
    }

    [Fact]
    public void Nothing_is_left_alive_and_the_callers_tensor_is_not_disposed()
    {
        using var images = torch.rand(2, 4).DetachFromDisposeScope();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Saved(images);
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        images.IsInvalid.Should().BeFalse();
    }

    private static PngContent Saved(torch.Tensor images, int columns = 8, int padding = 2, int scale = 1)
    {
        using var folder = new TemporaryFolder();
        ImageGrid.Save(folder["new/grid.png"], images, columns, padding, scale);
        return PngContent.Decode(File.ReadAllBytes(folder["new/grid.png"]));
    }

    private static Action Saving(torch.Tensor images, int columns = 8, int padding = 2, int scale = 1) =>
        () => Saved(images, columns, padding, scale);
}
