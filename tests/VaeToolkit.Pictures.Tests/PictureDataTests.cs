using TorchSharp;

namespace VaeToolkit.Pictures.Tests;

public sealed class PictureDataTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(".png")]
    [InlineData(".bmp")]
    public void Items_are_the_files_pixels_and_labels_the_folders(string ending)
    {
        string[] files = [$"b/1{ending}", $"a/2{ending}", $"a/1{ending}"];
        foreach (var (i, file) in files.Index())
            PictureFiles.Write(_folder[file], PictureFiles.Colours(4, 5, i), 4, 5);
        File.WriteAllText(_folder["a/notes.txt"], "no picture");
        File.WriteAllText(_folder["a/._1.png"], "what macOS leaves");
        using var data = PictureData.Load(_folder.Folder);
        data.Count.Should().Be(3);
        data.ItemShape.Should().Equal(3, 4, 5);
        data.Classes.Should().Equal("a", "b");
        data.ReadLabels().Should().Equal(0, 0, 1);
        data.Files.Should().Equal($"a/1{ending}", $"a/2{ending}", $"b/1{ending}");
        data.NameOf(1, 2).Should().Be($"a/2{ending}");
        Values(data).Should().Equal(new[] { 2, 1, 0 }.SelectMany(i => PictureFiles.Planes(PictureFiles.Colours(4, 5, i)))
            .Select(value => (double)(value / 255f)));
    }

    [Fact]
    public void Folders_are_gone_through_by_links_too_but_not_in_circles()
    {
        foreach (var (i, file) in new[] { "data/a/1.png", "data/b/2.png", "elsewhere/c/3.png" }.Index())
            PictureFiles.Write(_folder[file], PictureFiles.Colours(4, 5, i), 4, 5);
        Directory.CreateSymbolicLink(_folder["data/c"], _folder["elsewhere/c"]);
        Directory.CreateSymbolicLink(_folder["data/a/itself"], _folder["data/a"]);
        Directory.CreateSymbolicLink(_folder["elsewhere/c/back"], "../../data");
        Directory.CreateSymbolicLink(_folder["link"], _folder["data"]);
        foreach (var folder in new[] { "data", "link" })
        {
            using var data = PictureData.Load(_folder[folder]);
            data.Files.Should().Equal("a/1.png", "b/2.png", "c/3.png");
        }
    }

    [Fact]
    public void A_relative_link_is_of_the_folder_that_it_lies_in_not_of_the_one_it_was_reached_through()
    {
        PictureFiles.Write(_folder["home/data/a/1.png"], PictureFiles.Colours(4, 5, 0), 4, 5);
        PictureFiles.Write(_folder["data/x/2.png"], PictureFiles.Colours(4, 5, 1), 4, 5);
        PictureFiles.Write(_folder["store/set/3.png"], PictureFiles.Colours(4, 5, 2), 4, 5);
        Directory.CreateSymbolicLink(_folder["home/data/c"], _folder["store/set"]);
        Directory.CreateSymbolicLink(_folder["store/set/more"], "../../data");
        // Two levels deep here, one where it lies: back to what has been listed.
        Directory.CreateDirectory(_folder["data/deep"]);
        Directory.CreateSymbolicLink(_folder["data/deep/back"], "../../home/data");
        using var data = PictureData.Load(_folder["home/data"]);
        data.Files.Should().Equal("a/1.png", "c/3.png", "c/more/x/2.png");
        Directory.CreateSymbolicLink(_folder["linked"], _folder["home"]);
        using var same = PictureData.Load(_folder["linked/data"]);
        same.Files.Should().Equal(data.Files);
    }

    [Fact]
    public void A_BMP_whose_rows_go_downwards_is_read()
    {
        var pixels = PictureFiles.Colours(4, 5, 1);
        PictureFiles.Write(_folder["up.bmp"], pixels, 4, 5);
        var file = File.ReadAllBytes(_folder["up.bmp"]);
        var height = BitConverter.ToInt32(file, 22);
        BitConverter.GetBytes(-height).CopyTo(file, 22);
        File.WriteAllBytes(_folder["up.bmp"], file);
        using var data = PictureData.Load(_folder.Folder);
        data.ItemShape.Should().Equal(3, 4, 5);
        // The same bytes, of which the first row is the last now.
        Values(data).Chunk(5).Should().BeEquivalentTo(
            PictureFiles.Planes(pixels).Select(value => (double)(value / 255f)).Chunk(5).Chunk(4).SelectMany(plane => plane.Reverse()),
            order => order.WithStrictOrdering());
    }

    [Fact]
    public void A_JPEG_is_read_to_within_its_loss_and_grey_by_its_luma()
    {
        byte[] orange = [.. Enumerable.Repeat(new byte[] { 250, 130, 20 }, 64).SelectMany(pixel => pixel)];
        PictureFiles.Write(_folder["orange.jpg"], orange, 8, 8);
        using var colour = PictureData.Load(_folder.Folder);
        Values(colour).Zip(PictureFiles.Planes(orange)).Should().OnlyContain(p => Math.Abs(p.First * 255 - p.Second) < 3);
        using var grey = PictureData.Load(_folder.Folder, new() { Grey = true });
        grey.ItemShape.Should().Equal(1, 8, 8);
        Values(grey).Should().OnlyContain(v => Math.Abs(v * 255 - (0.299 * 250 + 0.587 * 130 + 0.114 * 20)) < 3);
    }

    [Fact]
    public void Half_the_size_is_the_triangle_filter_of_the_pixels()
    {
        // At half of the size the antialiased triangle is four pixels wide: ⅛, ⅜, ⅜, ⅛, and at an edge what is left of it,
        // normalised.
        byte[] row = [10, 50, 130, 250, 90, 30, 70, 210];
        byte[] pixels = [.. Enumerable.Repeat(row, 8).SelectMany(values => values)];
        PictureFiles.Write(_folder["steps.png"], pixels, 8, 8, channels: 1);
        using var data = PictureData.Load(_folder.Folder, new() { Height = 4, Width = 4, Grey = true });
        double[] expected =
        [
            (3 * 10 + 3 * 50 + 130) / 7.0,
            (50 + 3 * 130 + 3 * 250 + 90) / 8.0,
            (250 + 3 * 90 + 3 * 30 + 70) / 8.0,
            (30 + 3 * 70 + 3 * 210) / 7.0,
        ];
        Values(data).Chunk(4).Should().HaveCount(4).And.OnlyContain(
            line => line.Zip(expected).All(p => Math.Abs(p.First * 255 - p.Second) <= 0.5 + 1e-4));
    }

    [Fact]
    public void Fine_stripes_become_grey_and_not_stripes()
    {
        byte[] pixels = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i % 2 * 255))];
        PictureFiles.Write(_folder["stripes.png"], pixels, 64, 64, channels: 1);
        using var data = PictureData.Load(_folder.Folder, new() { Height = 16, Width = 16, Grey = true });
        Values(data).Should().OnlyContain(value => Math.Abs(value * 255 - 127.5) <= 16);
    }

    [Theory]
    [InlineData(8, 16, 4, 4, 4)]
    [InlineData(16, 8, 4, 4, 4)]
    [InlineData(4, 9, 4, 4, 2)]
    public void The_middle_is_kept(int height, int width, int newHeight, int newWidth, int first)
    {
        // Brightness grows along the longer axis, so that what is left of it tells where it was cut.
        var wide = width > height;
        byte[] pixels = [.. Enumerable.Range(0, height * width).Select(i => (byte)(10 * (wide ? i % width : i / width)))];
        PictureFiles.Write(_folder["ramp.png"], pixels, height, width, channels: 1);
        using var data = PictureData.Load(_folder.Folder, new() { Height = newHeight, Width = newWidth, Grey = true });
        var scale = Math.Min(height, width) / newHeight;
        // The middle of an item's pixel, in pixels of the file.
        var at = Enumerable.Range(0, newHeight).Select(i => 10 * (first + scale * (i + 0.5) - 0.5)).ToArray();
        var line = Values(data).Where((_, i) => wide ? i < newWidth : i % newWidth == 0).ToArray();
        line.Zip(at).Should().OnlyContain(p => Math.Abs(p.First * 255 - p.Second) <= 1);
    }

    [Fact]
    public void A_stream_gives_the_batches_of_memory_also_of_parts()
    {
        for (var i = 0; i < 23; i++)
            PictureFiles.Write(_folder[$"{i % 3}/{i:D2}.png"], PictureFiles.Colours(4, 4, i), 4, 4);
        using var memory = PictureData.Load(_folder.Folder);
        using var stream = PictureData.Stream(_folder.Folder, new() { BatchesAhead = 2 });
        foreach (var (one, other) in new[]
        {
            (memory, stream),
            (memory.Split(9, 4).First, stream.Split(9, 4).First),
            (memory.Split(9, 4).Second, stream.Split(9, 4).Second),
            (memory.First(7), stream.First(7)),
            (memory.Select([5, 1, 5]), stream.Select([5, 1, 5])),
        })
        {
            for (var epoch = 0; epoch < 3; epoch++)
                Text(one.Batches(3, 8, epoch)).Should().Equal(Text(other.Batches(3, 8, epoch)));
            Text(one.InOrder(5)).Should().Equal(Text(other.InOrder(5)));
            one.Files.Should().Equal(other.Files);
            one.ReadLabels().Should().Equal(other.ReadLabels());
            one.Fingerprint().Should().Be(other.Fingerprint());
        }
        Text(memory.Batches(5, 8, 0)).Should().NotEqual(Text(memory.Batches(5, 8, 1)));
    }

    [Fact]
    public void The_order_and_the_split_are_those_of_pictures_in_a_tensor()
    {
        for (var i = 0; i < 11; i++)
            PictureFiles.Write(_folder[$"{i:D2}.png"], PictureFiles.Colours(2, 2, i), 2, 2);
        using var data = PictureData.Load(_folder.Folder);
        using var images = ImageData.FromTensor((torch.tensor(Values(data).ToArray()) * 255).round().to(torch.uint8).reshape(11, 3, 2, 2));
        Text(data.Batches(4, 3, 2)).Should().Equal(Text(images.Batches(4, 3, 2)));
        Text(data.Split(4, 9).First.InOrder(4)).Should().Equal(Text(images.Split(4, 9).First.InOrder(4)));
    }

    [Fact]
    public void An_epoch_that_is_left_early_or_that_fails_leaves_nothing_behind()
    {
        for (var i = 0; i < 12; i++)
            PictureFiles.Write(_folder[$"{i:D2}.png"], PictureFiles.Colours(2, 2, i), 2, 2);
        using var data = PictureData.Stream(_folder.Folder);
        var before = Reference.LiveTensors();
        data.Batches(2, 1, 0).Take(2).Count().Should().Be(2);
        torch.Tensor.TotalCount.Should().Be(before);
        File.Delete(_folder["07.png"]);
        FluentActions.Invoking(() => data.InOrder(2).Count()).Should().Throw<PictureException>().WithMessage("*07.png*");
        torch.Tensor.TotalCount.Should().Be(before);
        data.Dispose();
        FluentActions.Invoking(() => data.InOrder(2).Count()).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Pictures_of_a_float64_model_are_rounded_once()
    {
        PictureFiles.Write(_folder["a/1.png"], PictureFiles.Colours(4, 5, 1), 4, 5);
        PictureFiles.Write(_folder["b/2.png"], PictureFiles.Colours(4, 5, 2), 4, 5);
        var options = new PictureOptions { Type = torch.float64 };
        using var kept = PictureData.Load(_folder.Folder, options);
        using var read = PictureData.Stream(_folder.Folder, options);
        foreach (var data in new[] { kept, read, kept.First(2), kept.Select([0, 1]) })
        {
            data.InOrder(2).Select(batch => batch.Items.dtype).Should().AllBeEquivalentTo(torch.float64);
            Values(data).Should().Equal(new[] { 1, 2 }.SelectMany(i => PictureFiles.Planes(PictureFiles.Colours(4, 5, i)))
                .Select(value => value / 255.0));
        }
        Refused<ArgumentOutOfRangeException>("a", new() { Type = torch.int64 }, "*Type must be float32 or float64*");
    }

    [Fact]
    public void Wrong_folders_and_options_are_refused()
    {
        Refused<DirectoryNotFoundException>("nowhere", new(), "*nowhere*");
        Directory.CreateDirectory(_folder["empty"]);
        Refused<FileNotFoundException>("empty", new(), "*no PNG, JPEG or BMP*");
        Refused<FileNotFoundException>("empty", new() { LabelFile = "labels.csv" }, "*no label file*labels.csv*");
        PictureFiles.Write(_folder["mixed/a/1.png"], PictureFiles.Colours(2, 2, 0), 2, 2);
        PictureFiles.Write(_folder["mixed/2.png"], PictureFiles.Colours(2, 2, 0), 2, 2);
        Refused<ArgumentException>("mixed", new(), "*2.png*Labelled = false*");
        Refused<ArgumentException>("mixed", new() { Height = 2 }, "Height is 2 and Width null*");
        Refused<ArgumentException>("mixed", new() { LabelFile = "x", Labelled = false }, "*Labelled is false*");
        Refused<ArgumentOutOfRangeException>("mixed", new() { Height = 0, Width = 2 }, "Height must be at least 1*");
        Refused<ArgumentOutOfRangeException>("mixed", new() { BatchesAhead = 0 }, "BatchesAhead*");
        using var all = PictureData.Load(_folder["mixed"], new() { Labelled = false });
        all.HasLabels.Should().BeFalse();
        all.Count.Should().Be(2);
        FluentActions.Invoking(() => all.First(3)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*1 to 2*");
        FluentActions.Invoking(() => all.Select([2])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 1*");
        FluentActions.Invoking(() => all.Batches(3, 0, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*1 to 2*");
    }

    [Fact]
    public void Reading_tells_how_far_it_is_and_can_be_ended()
    {
        for (var i = 0; i < 5; i++)
            PictureFiles.Write(_folder[$"{i}.png"], PictureFiles.Colours(2, 2, i), 2, 2);
        var heard = new Heard();
        PictureData.Load(_folder.Folder, progress: heard).Dispose();
        heard.Shares.Order().Should().Equal(0.2, 0.4, 0.6, 0.8, 1.0);
        using var ended = new CancellationTokenSource();
        ended.Cancel();
        FluentActions.Invoking(() => PictureData.Stream(_folder.Folder, cancellation: ended.Token))
            .Should().Throw<OperationCanceledException>();
    }

    [RealDataFact("pictures")]
    public void Real_pictures_are_read_with_their_classes()
    {
        using var data = PictureData.Load(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "pictures"));
        data.Classes.Should().Equal("airplane", "frog", "ship");
        data.ReadLabels()!.CountBy(label => label).Should().HaveCount(3).And.OnlyContain(pair => pair.Value == 40);
        data.ItemShape.Should().Equal(3, 32, 32);
        foreach (var batch in data.InOrder(120))
        {
            // What is in the sky or on the sea is bluer than red, and a frog is not.
            var blueness = (batch.Items.select(1, 2) - batch.Items.select(1, 0)).mean([1, 2]).reshape(3, 40).mean([1]);
            blueness.Values().Select(difference => difference > 0).Should().Equal(true, false, true);
        }
    }

    private void Refused<TException>(string folder, PictureOptions options, string message)
        where TException : Exception
        => FluentActions.Invoking(() => PictureData.Load(_folder[folder], options)).Should().Throw<TException>().WithMessage(message);

    private static List<double> Values(DataSource data) => [.. data.InOrder(4).SelectMany(batch => batch.Items.Values())];

    private static List<string> Text(IEnumerable<Batch> batches)
        => [.. batches.Select(batch => $"{string.Join(' ', batch.Items.Values())} | {string.Join(' ', batch.Labels?.Values() ?? [])}")];

    private sealed class Heard : IProgress<double>
    {
        public System.Collections.Concurrent.ConcurrentBag<double> Shares { get; } = [];

        public void Report(double value) => Shares.Add(Math.Round(value, 6));
    }
}
