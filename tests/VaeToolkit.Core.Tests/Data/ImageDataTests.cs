using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class ImageDataTests
{
    [Fact]
    public void Batches_hold_every_item_once_with_its_label_and_a_smaller_last_batch()
    {
        using var data = Numbered(25);
        var sizes = new List<long>();
        var seen = new List<long>();
        foreach (var batch in data.Batches(size: 10, seed: 3, epoch: 0))
        {
            sizes.Add(batch.Size);
            batch.Items.shape.Should().Equal(batch.Size, 1, 2, 3);
            batch.Items.dtype.Should().Be(torch.float32);
            var labels = batch.Labels!.data<long>().ToArray();
            for (var i = 0; i < labels.Length; i++)
                Pixels(batch)[i * 6].Should().Be(labels[i] * 10 / 255f);
            seen.AddRange(labels);
        }
        sizes.Should().Equal(10, 10, 5);
        seen.Should().BeEquivalentTo(Enumerable.Range(0, 25)).And.NotBeInAscendingOrder();
    }

    [Fact]
    public void Images_of_a_float64_model_are_rounded_once()
    {
        using var data = Numbered(25);
        using var wide = data.To(torch.float64);
        var (one, other) = wide.Split(20, seed: 1);
        foreach (var part in new[] { wide, one, other, wide.First(3), wide.Select([4]) })
        {
            foreach (var batch in part.InOrder(30))
            {
                batch.Items.dtype.Should().Be(torch.float64);
                var values = batch.Items.data<double>().ToArray();
                for (var i = 0; i < batch.Size; i++)
                    values[i * 6].Should().Be(batch.Labels![i].ToInt64() * 10 / 255.0);
            }
        }
        FluentActions.Invoking(() => data.To(torch.int64)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_order_is_a_function_of_seed_and_epoch()
    {
        using var data = Numbered(25);
        Order(data, 1, 0).Should().Equal(Order(data, 1, 0)).And.NotEqual(Order(data, 1, 1)).And.NotEqual(Order(data, 2, 0));
        torch.manual_seed(77);
        Order(data, 1, 0).Should().Equal(Order(data, 1, 0), "the global generator has no part in it");
    }

    [Fact]
    public void The_global_generator_is_left_alone()
    {
        using var scope = torch.NewDisposeScope();
        using var data = Numbered(25, Binarisation.Random);
        torch.manual_seed(5);
        var expected = torch.rand(1).item<float>();
        torch.manual_seed(5);
        Order(data, 1, 0);
        torch.rand(1).item<float>().Should().Be(expected);
    }

    [Fact]
    public void In_order_gives_the_stored_order_and_takes_any_size()
    {
        using var data = Numbered(25);
        Labels(data.InOrder(1000)).Should().Equal(Enumerable.Range(0, 25).Select(i => (long)i));
        Labels(data.InOrder(7)).Should().Equal(Enumerable.Range(0, 25).Select(i => (long)i));
    }

    [Fact]
    public void A_split_shares_out_every_item_and_is_a_function_of_the_seed()
    {
        using var data = Numbered(25);
        var (first, second) = data.Split(first: 20, seed: 9);
        (first.Count, second.Count).Should().Be((20, 5));
        first.ReadLabels().Should().BeInAscendingOrder().And.HaveCount(20);
        first.ReadLabels()!.Concat(second.ReadLabels()!).Should().BeEquivalentTo(Enumerable.Range(0, 25));
        data.Split(20, 9).First.ReadLabels().Should().Equal(first.ReadLabels());
        data.Split(20, 10).First.ReadLabels().Should().NotEqual(first.ReadLabels());
        Labels(second.InOrder(100)).Should().Equal(second.ReadLabels());
        Order(first, 1, 0).Should().BeEquivalentTo(first.ReadLabels());
        var (a, b) = first.Split(1, 0);
        a.ReadLabels()!.Concat(b.ReadLabels()!).Should().BeEquivalentTo(first.ReadLabels(), "a part can be split again");
    }

    [Fact]
    public void Nothing_is_left_alive_by_loading_splitting_and_batching_also_under_a_users_scope()
    {
        var before = Alive();
        using (torch.NewDisposeScope())
        using (var data = Numbered(25, Binarisation.Random))
        {
            var (train, _) = data.Split(20, 1);
            var loaded = Alive();
            foreach (var batch in train.Batches(3, 1, 0))
                Alive().Should().Be(loaded + 3, "the order, the items and the labels are alive");
            foreach (var batch in train.InOrder(3))
                break;
            Alive().Should().Be(loaded);
        }
        Alive().Should().Be(before);
    }

    [Fact]
    public void A_batch_is_disposed_when_the_next_one_comes()
    {
        using var data = Numbered(4);
        using var batches = data.InOrder(2).GetEnumerator();
        batches.MoveNext();
        var first = batches.Current;
        batches.MoveNext();
        first.Invoking(batch => batch.Items)
            .Should().Throw<ObjectDisposedException>().WithMessage("This batch is gone: *First()*Items.clone()*");
        batches.Current.Items.IsInvalid.Should().BeFalse();
    }

    [Fact]
    public void The_first_batch_alone_is_gone_when_it_is_there_and_its_copy_is_not()
    {
        using var data = Numbered(4);
        data.Invoking(source => source.InOrder(4).First().Items).Should().Throw<ObjectDisposedException>();
        using var copy = data.InOrder(4).Select(batch => batch.Items.clone()).First();
        copy.shape[0].Should().Be(4);
    }

    [Fact]
    public void Threshold_makes_ones_of_bytes_above_127()
    {
        using var data = OfBytes([0, 1, 127, 128, 254, 255], Binarisation.Threshold);
        Drawn(data.InOrder(1)).Should().Equal(0, 0, 0, 1, 1, 1);
        using var grey = OfBytes([0, 51, 255], Binarisation.None);
        Drawn(grey.InOrder(1)).Should().Equal(0f, 0.2f, 1f);
    }

    [Fact]
    public void Random_binarisation_draws_ones_in_proportion_to_the_byte()
    {
        // 40 000 draws a byte: a standard error of 0.0025 at most; five of them are passed by chance once in two million.
        byte[] levels = [0, 1, 64, 128, 200, 254, 255];
        foreach (var level in levels)
        {
            using var data = OfBytes([.. Enumerable.Repeat(level, 40_000)], Binarisation.Random);
            var mean = Drawn(data.Batches(1, seed: 4, epoch: 2)).Average();
            var p = level / 255.0;
            mean.Should().BeApproximately((float)p, (float)(5 * Math.Sqrt(p * (1 - p) / 40_000)) + 1e-9f, "byte {0}", level);
        }
    }

    [Fact]
    public void Random_binarisation_is_fresh_every_epoch_and_does_not_depend_on_the_batch_size()
    {
        using var data = Numbered(25, Binarisation.Random);
        Drawn(data.Batches(5, 1, 0)).Should().Equal(Drawn(data.Batches(5, 1, 0))).And.Equal(Drawn(data.Batches(25, 1, 0)));
        Drawn(data.Batches(5, 1, 0)).Should().NotEqual(Drawn(data.Batches(5, 1, 1))).And.NotEqual(Drawn(data.Batches(5, 2, 0)));
        Drawn(data.InOrder(5, seed: 1)).Should().Equal(Drawn(data.InOrder(4, seed: 1))).And.NotEqual(Drawn(data.InOrder(5, seed: 2)));
    }

    [Fact]
    public void A_copy_on_a_device_holds_the_same_items()
    {
        using var data = Numbered(25, Binarisation.Random);
        using var copy = data.To(torch.CPU);
        Drawn(copy.Batches(5, 1, 0)).Should().Equal(Drawn(data.Batches(5, 1, 0)));
        using var part = data.Split(5, 0).First.To(torch.CPU);
        data.Dispose();
        part.Count.Should().Be(5);
        Labels(part.InOrder(5)).Should().HaveCount(5);
    }

    [Fact]
    public void Parts_say_so_when_the_whole_is_gone()
    {
        var data = Numbered(4);
        var (part, _) = data.Split(2, 0);
        data.Dispose();
        data.Dispose();
        var batches = () => part.InOrder(1);
        batches.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Bad_sizes_are_refused_at_once()
    {
        using var data = Numbered(4);
        Acting(() => data.Batches(0, 0, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*from 1 to 4*Actual value was 0*");
        Acting(() => data.Batches(5, 0, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*from 1 to 4*Actual value was 5*");
        Acting(() => data.Batches(1, 0, -1)).Should().Throw<ArgumentOutOfRangeException>();
        Acting(() => data.InOrder(0)).Should().Throw<ArgumentOutOfRangeException>();
        Acting(() => data.Split(0, 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*1 to 3*");
        Acting(() => data.Split(4, 0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Bad_tensors_are_refused_with_what_came()
    {
        using var scope = torch.NewDisposeScope();
        var bytes = torch.zeros([2, 2, 2], dtype: torch.uint8);
        Refusal(() => ImageData.FromTensor(torch.zeros(2, 2, 2))).Should().Match("*uint8*Float32*TensorData*");
        Refusal(() => ImageData.FromTensor(torch.zeros([4], dtype: torch.uint8))).Should().Match("*[N, H, W]*[4]*");
        Refusal(() => ImageData.FromTensor(torch.zeros([0, 2, 2], dtype: torch.uint8))).Should().Match("*[0, 2, 2]*");
        Refusal(() => ImageData.FromTensor(bytes, torch.zeros([3], dtype: torch.int64))).Should().Match("*each of the 2 items*[3]*");
        Refusal(() => ImageData.FromTensor(bytes, torch.zeros(2))).Should().Match("*integers*Float32*");
        Acting(() => ImageData.FromTensor(bytes, null, (Binarisation)9)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_callers_tensor_is_neither_kept_nor_disposed()
    {
        using var scope = torch.NewDisposeScope();
        var bytes = torch.zeros([1, 1, 2, 2], dtype: torch.uint8);
        using var data = ImageData.FromTensor(bytes);
        bytes.bytes.Fill(255);
        Drawn(data.InOrder(1)).Should().Equal(0, 0, 0, 0);
        bytes.IsInvalid.Should().BeFalse();
    }

    private static long Alive() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    private static Action Acting(Action action) => action;

    private static string Refusal(Func<ImageData> action) => action.Should().Throw<ArgumentException>().Which.Message;

    private static Action Acting<T>(Func<T> action) => () => action();

    /// <summary>Images [1, 2, 3] whose bytes are ten times their label.</summary>
    private static ImageData Numbered(int count, Binarisation binarisation = Binarisation.None)
    {
        using var scope = torch.NewDisposeScope();
        var bytes = Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((byte)(10 * i), 6)).ToArray();
        var labels = Enumerable.Range(0, count).Select(i => (long)i).ToArray();
        return ImageData.FromTensor(torch.tensor(bytes, [count, 1, 2, 3]), torch.tensor(labels), binarisation);
    }

    private static ImageData OfBytes(byte[] bytes, Binarisation binarisation)
    {
        using var scope = torch.NewDisposeScope();
        return ImageData.FromTensor(torch.tensor(bytes, [1, 1, bytes.Length]), null, binarisation);
    }

    private static long[] Order(ImageData data, long seed, int epoch) => Labels(data.Batches(4, seed, epoch));

    private static long[] Labels(IEnumerable<Batch> batches) => [.. batches.SelectMany(batch => batch.Labels!.data<long>().ToArray())];

    private static float[] Drawn(IEnumerable<Batch> batches) => [.. batches.SelectMany(Pixels)];

    private static float[] Pixels(Batch batch) => batch.Items.data<float>().ToArray();
}
