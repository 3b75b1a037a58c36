using TorchSharp;

namespace VaeToolkit.Tests.Data;

public sealed class DeviceDataTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly ImageData _pictures = ImageData.FromTensor(
        torch.arange(20 * 6).to(torch.uint8).reshape(20, 1, 2, 3), torch.arange(20), Binarisation.Random);

    public void Dispose()
    {
        _pictures.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Batches_are_those_of_the_source()
    {
        using var data = new DeviceData(_pictures, torch.CPU);
        Contents(data.Batches(6, seed: 3, epoch: 2)).Should().Equal(Contents(_pictures.Batches(6, seed: 3, epoch: 2)));
        Contents(data.InOrder(6, seed: 3)).Should().Equal(Contents(_pictures.InOrder(6, seed: 3)));
        data.Settings.Should().BeEquivalentTo(_pictures.Settings);
        (data.Count, data.Fingerprint(), data.NameOf(7, 6), data.ToString()).Should().Be(
            (20, _pictures.Fingerprint(), _pictures.NameOf(7, 6), "DeviceData: 20 items [1, 2, 3]"));
        data.ItemShape.Should().Equal(1, 2, 3);
    }

    [Fact]
    public void They_come_with_all_that_is_said_of_them()
    {
        using var data = new DeviceData(new Told(_pictures), torch.CPU);
        data.InOrder(5).Concat(data.Batches(5, seed: 0, epoch: 0))
            .Select(batch => (batch.Size, batch.LabelledItems, batch.LongestSequence))
            .Should().Equal(Enumerable.Repeat<(long, long?, int?)>((5, 2, 4), 8));
    }

    [Fact]
    public void Copies_are_on_the_device()
    {
        PinnedCopy.To(torch.ones(3, 2), torch.META).device_type.Should().Be(DeviceType.META);
        using var whole = torch.arange(3, torch.float32);
        PinnedCopy.To(whole, torch.CPU).fill_(5);
        whole.Values().Should().Equal([5, 5, 5], "where they are already nothing is copied");
    }

    [Fact]
    public void Epochs_leave_no_tensors_and_the_source_stays_the_callers()
    {
        using (var data = new DeviceData(_pictures, torch.CPU))
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var epoch = 0; epoch < 5; epoch++)
                Contents(data.Batches(6, seed: 3, epoch)).Should().HaveCount(4);
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        }
        Contents(_pictures.InOrder(20)).Should().ContainSingle();
    }

    [Fact]
    public void A_device_that_is_not_there_is_said_at_once()
        => FluentActions.Invoking(() => new DeviceData(_pictures, new torch.Device(DeviceType.CUDA, 99)))
            .Should().Throw<InvalidOperationException>().WithMessage("moving to the device 'cuda:99' fails: *");

    [Fact]
    public void A_device_without_values_is_refused()
        => FluentActions.Invoking(() => new DeviceData(_pictures, torch.META))
            .Should().Throw<ArgumentException>().WithMessage("data cannot be moved to the device 'meta', which keeps no values*");

    private static string[] Contents(IEnumerable<Batch> batches)
        => [.. batches.Select(batch => $"{string.Join(' ', batch.Items.Values())} of {string.Join(' ', Numbers(batch.Labels!))}")];

    private static double[] Numbers(torch.Tensor labels)
    {
        using var numbers = labels.to(torch.float64);
        return numbers.Values();
    }

    private sealed class Told(DataSource source) : DataSource
    {
        public override long Count => source.Count;

        public override IReadOnlyList<long> ItemShape => source.ItemShape;

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        {
            foreach (var batch in source.Batches(size, seed, epoch))
            {
                using var told = new Batch(batch.Items.alias(), batch.Labels!.alias())
                {
                    LabelledItems = 2,
                    LongestSequence = 4,
                };
                yield return told;
            }
        }

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => Batches(size, seed, 0);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
