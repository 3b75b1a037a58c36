using TorchSharp;

namespace VaeToolkit.Tests.Data;

/// <summary>Thresholds that tensor operators compute, as on a GPU, against those that are drawn on the CPU.</summary>
public sealed class RandomThresholdsTests : IDisposable
{
    private static readonly long[] s_rows = [0, 1, 2, 59_999, 1L << 40, long.MaxValue];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 3)]
    [InlineData(-5, -1)]
    [InlineData(long.MinValue, int.MaxValue)]
    public void Streams_are_the_same_to_the_last_bit(long seed, int first)
    {
        var numbers = SplitMix64.Numbers(seed, first, torch.tensor(s_rows), count: 50).data<long>().ToArray().Chunk(50).ToArray();
        for (var i = 0; i < s_rows.Length; i++)
        {
            var stream = SplitMix64.For(seed, first, s_rows[i]);
            numbers[i].Should().Equal(Enumerable.Range(0, 50).Select(_ => (long)stream.Next()));
        }
    }

    // Four thresholds come of a number, so the last number of an image gives one to four.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(784)]
    public void Thresholds_are_the_same_and_lie_in_their_images_places(int length)
    {
        var images = torch.zeros([s_rows.Length, 1, 1, length], torch.uint8);
        foreach (var epoch in new[] { -1, 0, 12 })
        {
            var here = RandomThresholds.Here(images, s_rows, seed: 4, epoch);
            var there = RandomThresholds.There(images, torch.tensor(s_rows), seed: 4, epoch);
            (there.dtype, there.shape).Should().BeEquivalentTo((torch.uint8, images.shape));
            there.data<byte>().ToArray().Should().Equal(here.data<byte>().ToArray());
        }
    }

    // Nothing of the CPU mixes with meta; that nothing is sent there either shows in StepReadsTests.
    [Fact]
    public void Thresholds_are_computed_where_the_rows_are()
    {
        var images = torch.zeros([5, 1, 2, 3], torch.uint8, torch.META);
        var thresholds = RandomThresholds.For(images, s_rows.AsSpan(..5), torch.zeros(5, torch.int64, torch.META), seed: 1, epoch: 0);
        (thresholds.device_type, thresholds.dtype, thresholds.shape).Should().BeEquivalentTo((DeviceType.META, torch.uint8, images.shape));
    }
}
