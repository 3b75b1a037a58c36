using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class AugmentedDataTests : IDisposable
{
    private const int Items = 400;
    private const int Height = 5;
    private const int Width = 4;

    private static readonly PictureAugmentation s_options = new() { Mirror = true, Shift = 2 };

    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly ImageData _pictures;

    // Every pixel of every picture is another number, so that what was done to a picture can be told from it.
    public AugmentedDataTests()
        => _pictures = ImageData.FromTensor(
            torch.arange(Height * Width).to(torch.uint8).reshape(1, 1, Height, Width).repeat(Items, 1, 1, 1), torch.arange(Items));

    public void Dispose()
    {
        _pictures.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void A_picture_is_mirrored_and_shifted_with_its_edge_repeated_all_ways_equally_often()
    {
        using var data = new AugmentedData(_pictures, s_options);
        var counts = new Dictionary<(bool, int, int), int>();
        for (var epoch = 0; epoch < 10; epoch++)
        {
            foreach (var picture in Pictures(data, epoch))
            {
                var way = Ways(2).Single(way => picture.SequenceEqual(Expected(way)));
                counts[way] = counts.GetValueOrDefault(way) + 1;
            }
        }
        counts.Should().HaveCount(50);
        var expected = Items * 10 / 50.0;
        var chiSquared = counts.Values.Sum(count => (count - expected) * (count - expected) / expected);
        chiSquared.Should().BeLessThan(49 + 4 * Math.Sqrt(98), "four standard deviations of χ² with 49 degrees of freedom");
    }

    [Fact]
    public void Nothing_is_mirrored_unless_it_is_asked_for()
    {
        using var data = new AugmentedData(_pictures, new() { Shift = 1 });
        double[][] unmirrored = [.. Ways(1).Where(way => !way.Mirrored).Select(way => Expected(way).ToArray())];
        Pictures(data, 0).Should().OnlyContain(picture => unmirrored.Any(picture.SequenceEqual));
        Pictures(new AugmentedData(_pictures, new() { Shift = 0 }), 0).Should().OnlyContain(
            picture => picture.SequenceEqual(Expected(new(false, 0, 0))));
    }

    [Fact]
    public void Of_pictures_that_come_augmented_both_are_told()
    {
        using var shifted = new AugmentedData(_pictures, new() { Shift = 1 });
        using var data = new AugmentedData(shifted, new() { Shift = 0, Mirror = true });
        data.Settings["Augmentation"].Should().Be(
            "none mirrored, shifted by up to 1 pixels, then half of them mirrored, shifted by up to 0 pixels");
        data.Settings.Should().ContainKey("Binarisation");
    }

    [Fact]
    public void What_is_done_is_a_function_of_seed_and_epoch()
    {
        using var data = new AugmentedData(_pictures, s_options);
        Flat(data, 3, seed: 7).Should().Equal(Flat(data, 3, seed: 7));
        Flat(data, 3, seed: 7).Should().NotEqual(Flat(data, 4, seed: 7)).And.NotEqual(Flat(data, 3, seed: 8));
    }

    [Fact]
    public void What_is_done_to_a_picture_goes_by_its_place_in_the_epoch_whatever_the_batches_and_however_many_there_are()
    {
        using var data = new AugmentedData(_pictures, s_options);
        using var more = new AugmentedData(new Repeated(_pictures, times: 170), s_options);
        double[] Values(DataSource source, int size) => [.. source.Batches(size, 7, 3).SelectMany(batch => batch.Items.Values())];
        var own = Values(data, 50);
        Values(data, 64).Should().Equal(own);
        var repeated = Values(more, 150);
        repeated.Length.Should().Be(170 * own.Length);
        repeated.Take(own.Length).Should().Equal(own);
        Values(more, 4_000).SequenceEqual(repeated).Should().BeTrue("68,000 are more than are drawn together");
        repeated.AsSpan(own.Length, own.Length).SequenceEqual(own).Should().BeFalse("each has draws of its own");
    }

    [Fact]
    public void Order_and_labels_are_those_of_the_pictures_and_batches_in_order_are_left_alone()
    {
        using var data = new AugmentedData(_pictures, s_options);
        Labels(data.Batches(30, 5, 2)).Should().Equal(Labels(_pictures.Batches(30, 5, 2)));
        data.InOrder(64).SelectMany(batch => batch.Items.Values()).Should().Equal(
            _pictures.InOrder(64).SelectMany(batch => batch.Items.Values()));
        data.Count.Should().Be(Items);
        data.ItemShape.Should().Equal(1, Height, Width);
    }

    [Fact]
    public void Nothing_is_left_behind_when_an_epoch_is_left_early()
    {
        using var data = new AugmentedData(_pictures, s_options);
        var before = Reference.LiveTensors();
        foreach (var _ in data.Batches(10, 1, 0).Take(3))
        {
        }
        torch.Tensor.TotalCount.Should().Be(before);
    }

    [Fact]
    public void Without_mirror_and_shift_pictures_stay_as_they_are()
    {
        using var data = new AugmentedData(_pictures, new() { Mirror = false, Shift = 0 });
        Flat(data, 0, 1).Should().Equal(_pictures.Batches(50, 1, 0).SelectMany(batch => batch.Items.Values()));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        using var rows = new TensorData(torch.zeros(3, 4));
        FluentActions.Invoking(() => new AugmentedData(rows)).Should().Throw<ArgumentException>().WithMessage("*[4]*[C, H, W]*");
        foreach (var shift in new[] { -1, 4 })
        {
            FluentActions.Invoking(() => new AugmentedData(_pictures, new() { Shift = shift }))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*0 to 3*");
        }
    }

    private static IEnumerable<(bool Mirrored, int Down, int Right)> Ways(int shift)
        => from mirrored in new[] { false, true }
           from down in Enumerable.Range(-shift, 2 * shift + 1)
           from right in Enumerable.Range(-shift, 2 * shift + 1)
           select (mirrored, down, right);

    [Fact]
    public void Pictures_with_their_channels_last_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        using var last = new TensorData(torch.zeros(4, 12, 10, 3));
        FluentActions.Invoking(() => new AugmentedData(last, new() { Shift = 1 })).Should().ThrowExactly<ArgumentException>()
            .WithMessage("items have the shape [12, 10, 3]; pictures are [C, H, W], but these have their channels last*");
        FluentActions.Invoking(() => ImageData.FromTensor(torch.zeros([4, 12, 10, 3], torch.uint8))).Should()
            .ThrowExactly<ArgumentException>()
            .WithMessage("Images are [N, C, H, W], but the shape is [4, 12, 10, 3]*images.permute(0, 3, 1, 2)*");
        using var narrow = ImageData.FromTensor(torch.zeros([4, 3, 12, 3], torch.uint8));
        narrow.ItemShape.Should().Equal(3, 12, 3);
    }

    // Pixel by pixel: the picture is mirrored, and what is cropped from beyond its edge is the edge.
    private static IEnumerable<double> Expected((bool Mirrored, int Down, int Right) way)
    {
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var (row, column) = (Math.Clamp(y + way.Down, 0, Height - 1), Math.Clamp(x + way.Right, 0, Width - 1));
                yield return (row * Width + (way.Mirrored ? Width - 1 - column : column)) / 255f;
            }
        }
    }

    private static IEnumerable<double[]> Pictures(DataSource data, int epoch)
        => data.Batches(50, 1, epoch).SelectMany(batch => batch.Items.Values().Chunk(Height * Width));

    private static List<double> Flat(DataSource data, int epoch, long seed)
        => [.. data.Batches(50, seed, epoch).SelectMany(batch => batch.Items.Values())];

    private static List<double> Labels(IEnumerable<Batch> batches) => [.. batches.SelectMany(batch => batch.Labels!.Values())];

    /// <summary>An epoch of many times the items that it counts: labelled ones go along with unlabelled ones so.</summary>
    private sealed class Repeated(DataSource pictures, int times) : DataSource
    {
        public override long Count => pictures.Count;

        public override IReadOnlyList<long> ItemShape => pictures.ItemShape;

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        {
            using var scope = torch.NewDisposeScope();
            var once = pictures.Batches((int)Count, seed, epoch).Select(batch => batch.Items.clone()).Single();
            using var repeated = new TensorData(once.repeat(times, 1, 1, 1));
            foreach (var batch in repeated.InOrder(size))
                yield return batch;
        }

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => pictures.InOrder(size, seed);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
