using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class SyntheticDigitsTests
{
    [Fact]
    public void Digits_have_labels_writers_and_test_images()
    {
        using var data = ImageData.SyntheticDigits(count: 600, testCount: 100, seed: 1, writers: 4);
        (data.Count, data.Test!.Count).Should().Be((600, 100));
        data.ItemShape.Should().Equal(1, 28, 28);
        data.ReadLabels()!.Distinct().Should().BeEquivalentTo(Enumerable.Range(0, 10));
        data.ReadWriters()!.Distinct().Should().BeEquivalentTo(Enumerable.Range(0, 4));
        var (part, _) = data.Split(10, 0);
        part.ReadWriters().Should().HaveCount(10);
        using var copy = part.To(torch.CPU);
        copy.ReadWriters().Should().Equal(part.ReadWriters());
    }

    [Fact]
    public void The_same_seed_draws_the_same_images_and_another_does_not()
    {
        Bytes(7).Should().Equal(Bytes(7));
        Bytes(7).Should().NotEqual(Bytes(8));

        static byte[] Bytes(long seed) => new DigitPainter(seed, writers: 3).Draw(20, stream: 0).Pixels;
    }

    [Fact]
    public void The_first_images_do_not_depend_on_how_many_are_drawn()
    {
        var painter = new DigitPainter(0, writers: 3);
        painter.Draw(50, 0).Pixels.Take(20 * 784).Should().Equal(painter.Draw(20, 0).Pixels);
    }

    [Fact]
    public void Ink_is_as_dense_as_in_handwriting_and_stays_off_the_border()
    {
        // MNIST's mean byte is 33.
        var pixels = new DigitPainter(0, writers: 10).Draw(1000, 0).Pixels;
        pixels.Average(p => (double)p).Should().BeInRange(20, 45);
        pixels.Where((_, i) => i % 784 < 28).Average(p => (double)p).Should().BeLessThan(1);
    }

    [Fact]
    public void Digits_and_writers_can_be_told_apart_by_the_nearest_mean_image()
    {
        var painter = new DigitPainter(3, writers: 4);
        var (known, asked) = (painter.Draw(4000, 0), painter.Draw(400, 1));
        Accuracy(known, asked, known.Labels, asked.Labels).Should().BeGreaterThan(0.6, "chance is 0.1");
        Accuracy(known, asked, Joint(known), Joint(asked)).Should().BeGreaterThan(0.5, "chance is 0.025");

        static long[] Joint(DrawnDigits digits) => [.. digits.Labels.Zip(digits.Writers, (label, writer) => (10 * writer) + label)];
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        var none = () => ImageData.SyntheticDigits(count: 0);
        none.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("count");
        var nobody = () => ImageData.SyntheticDigits(writers: 0);
        nobody.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("writers");
        using var untested = ImageData.SyntheticDigits(count: 1, testCount: 0);
        untested.Test.Should().BeNull();
    }

    private static double Accuracy(DrawnDigits known, DrawnDigits asked, long[] knownClass, long[] askedClass)
    {
        var means = knownClass.Select((c, i) => (c, i)).GroupBy(x => x.c).ToDictionary(
            g => g.Key, g => Enumerable.Range(0, 784).Select(p => g.Average(x => (double)known.Pixels[(x.i * 784) + p])).ToArray());
        return askedClass.Where((c, i) => Nearest(i) == c).Count() / (double)askedClass.Length;

        long Nearest(int i) => means.MinBy(mean => Distance(asked.Pixels.AsSpan(i * 784, 784), mean.Value)).Key;
    }

    private static double Distance(ReadOnlySpan<byte> image, double[] mean)
    {
        var sum = 0.0;
        for (var p = 0; p < image.Length; p++)
            sum += (image[p] - mean[p]) * (image[p] - mean[p]);
        return sum;
    }
}
