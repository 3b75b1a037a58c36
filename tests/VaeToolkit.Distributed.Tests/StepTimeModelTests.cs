using VaeToolkit.Benchmarks.Ranks;

namespace VaeToolkit.Distributed.Tests;

/// <summary>The model of the time of a step (docs/distributed.md) against counts of messages and against times that are known.</summary>
public sealed class StepTimeModelTests
{
    private static readonly RankNetwork s_network = new(Latency: 3e-5, SecondsPerByte: 8e-9, HostSecondsPerByte: 1e-9);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(256)]
    public void A_large_buffer_goes_in_halves_there_and_back(int ranks)
    {
        const long Bytes = 1 << 20;
        var seconds = 0.0;
        // Half of what is left to the rank at distance n / 2, n / 4, …, and each of them again on the way back.
        for (long part = Bytes / 2, left = ranks; left > 1; part /= 2, left /= 2)
            seconds += 2 * (3e-5 + part * 9e-9);
        s_network.AllReduce(Bytes, ranks).Should().BeApproximately(seconds, 1e-12);
    }

    [Fact]
    public void A_small_buffer_goes_whole_to_one_after_the_other()
        => s_network.AllReduce(1000, 8).Should().BeApproximately(3 * (3e-5 + 1000 * 9e-9), 1e-12);

    [Fact]
    public void Ranks_beyond_a_power_of_two_hand_theirs_over_and_get_the_sum()
        => s_network.AllReduce(1 << 20, 6).Should()
            .BeApproximately(s_network.AllReduce(1 << 20, 4) + 2 * (3e-5 + (1 << 20) * 9e-9), 1e-12);

    [Fact]
    public void A_gigabit_takes_the_payload_of_its_packets_in_its_time()
        => RankNetwork.OfGigabits(1, 0, 0).AllReduce(125_000_000, 2).Should().BeApproximately(1538.0 / 1448, 1e-9);

    [Fact]
    public void Three_times_of_a_known_rank_give_its_model_back()
    {
        var known = new StepTimeModel(Fixed: 0.004, PerItem: 8e-5, PerItemOfAll: 2e-7, GradientBytes: 2_746_000);
        var found = StepTimeModel.Through((100, known.Work(2, 100)), (500, known.Work(2, 500)), (64, known.Work(64, 500)), 2_746_000);
        found.Fixed.Should().BeApproximately(known.Fixed, 1e-12);
        found.PerItem.Should().BeApproximately(known.PerItem, 1e-12);
        found.PerItemOfAll.Should().BeApproximately(known.PerItemOfAll, 1e-15);
        known.Work(64, 500).Should().BeApproximately(0.004 + 0.04 + 0.0064, 1e-12);
        known.ForOthers(64, 500).Should().BeApproximately(0.0063 / 0.0504, 1e-12);
        known.ForOthers(1, 500).Should().Be(0);
        known.Efficiency(64, 500, s_network).Should().BeApproximately(
            0.0441 / (0.0504 + s_network.AllReduce(2_746_000, 64) + s_network.AllReduce(2048, 64)), 1e-9);
    }
}
