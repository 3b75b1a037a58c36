using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Ranks;

/// <summary>What ranks fetch of data in memory: their own items of each batch, and no others.</summary>
public sealed class OwnItemsTests
{
    [Theory]
    [InlineData(Binarisation.Random)]
    [InlineData(Binarisation.Threshold)]
    [InlineData(Binarisation.None)]
    public void Ranks_fetch_their_rows_of_the_whole_batch_to_the_bit(Binarisation binarisation)
    {
        using var scope = torch.NewDisposeScope();
        // Of 31 pixels, so that an image's last thresholds are a part of a draw; a part of the data, whose rows have other numbers.
        using var all = ImageData.FromTensor(
            torch.randint(0, 256, [40, 1, 31], torch.uint8), torch.arange(40, dtype: torch.int64), binarisation);
        var (data, _) = all.Split(23, seed: 5);
        foreach (var ranks in new[] { 2, 3, 7 })
        {
            for (var rank = 0; rank < ranks; rank++)
            {
                var group = RankGroup.Of(new Place(rank, ranks))!;
                // 23 items in batches of 5: the last has three, so that some of seven ranks have none and take the first.
                RequireRows(data.Batches(5, seed: 9, epoch: 2), data.BatchesFor(group, 5, seed: 9, epoch: 2), rank, ranks);
                RequireRows(data.InOrder(5, seed: 9), data.InOrderFor(group, 5, seed: 9), rank, ranks);
                using var moved = new DeviceData(data, torch.CPU);
                RequireRows(data.Batches(5, seed: 9, epoch: 2), moved.BatchesFor(group, 5, seed: 9, epoch: 2), rank, ranks);
                RequireRows(data.InOrder(5, seed: 9), moved.InOrderFor(group, 5, seed: 9), rank, ranks);
            }
        }
    }

    [Fact]
    public void Random_pixels_are_others_in_another_epoch_and_with_another_seed()
    {
        using var scope = torch.NewDisposeScope();
        using var data = ImageData.FromTensor(torch.full([8, 10, 10], 128, torch.uint8), binarisation: Binarisation.Random);
        var group = RankGroup.Of(new Place(1, 2))!;
        torch.Tensor Own(long seed, int epoch) => data.BatchesFor(group, 8, seed, epoch).Select(batch => batch.Items.clone()).First();
        Same(Own(1, 0), Own(1, 0)).Should().BeTrue();
        Same(Own(1, 0), Own(1, 1)).Should().BeFalse();
        Same(Own(1, 0), Own(2, 0)).Should().BeFalse();
    }

    private static bool Same(torch.Tensor own, torch.Tensor other) => own.equal(other).all().ToBoolean();

    private static void RequireRows(IEnumerable<Batch> whole, IEnumerable<Batch> own, int rank, int ranks)
    {
        var batches = 0;
        using var wholes = whole.GetEnumerator();
        foreach (var part in own)
        {
            wholes.MoveNext().Should().BeTrue();
            var rows = ItemRows.Of(wholes.Current.Size, rank, ranks).OrFirst;
            part.Size.Should().Be(rows.Count);
            part.Part.Should().Be(rows);
            part.Total.Should().Be(wholes.Current.Size);
            Same(part.Items, wholes.Current.Items.narrow(0, rows.Start, rows.Count)).Should().BeTrue();
            Same(part.Labels!, wholes.Current.Labels!.narrow(0, rows.Start, rows.Count)).Should().BeTrue();
            batches++;
        }
        wholes.MoveNext().Should().BeFalse();
        batches.Should().Be(5);
    }

    private sealed class Place(int rank, int ranks) : IExchange
    {
        public int Rank => rank;

        public int Size => ranks;

        public void AllReduce(Span<float> values) => throw new NotSupportedException();

        public void AllReduce(Span<double> values) => throw new NotSupportedException();

        public void Broadcast(Span<byte> values, int root) => throw new NotSupportedException();

        public void Barrier() => throw new NotSupportedException();

        public void Abort(string message) => throw new NotSupportedException(message);
    }
}
