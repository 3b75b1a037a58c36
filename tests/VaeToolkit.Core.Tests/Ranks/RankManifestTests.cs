using TorchSharp;
using VaeToolkit.Distributed;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Ranks;

/// <summary>What ranks compare before they begin.</summary>
public sealed class RankManifestTests
{
    [Fact]
    public void Of_large_data_some_items_spread_over_all_are_read()
    {
        using var layer = torch.nn.Linear(2, 1);
        using var data = new LargeData();
        var manifest = RankManifest.Of(layer, data, new Dictionary<string, string> { ["Samples"] = "5" }, seed: 3);
        data.Read.Should().Be(4, "4 of 2²⁶ values are 2²⁸");
        manifest["data"].Should().StartWith("LargeData, 100 items [67108864], 4 of them looked at, SHA-256 ");
        manifest["Samples"].Should().Be("5");
        manifest.Keys.Should().Contain(["'weight'", "'bias'"]);
    }

    [Theory]
    [InlineData("library version")]
    [InlineData("TorchSharp version")]
    public void Another_version_on_one_rank_is_refused_on_all_by_its_name(string what)
    {
        var failures = new ArgumentException[3];
        RankThreads.Run(3, exchange =>
        {
            using var layer = torch.nn.Linear(2, 1);
            var manifest = RankManifest.Of(layer, new TrainingOptions());
            manifest[what].Should().MatchRegex("^[0-9]+[.]", "it is known");
            manifest[what] = exchange.Rank == 2 ? "0.0.7" : "0.0.8";
            failures[exchange.Rank] = FluentActions.Invoking(() => RankManifest.RequireSameCalls(
                RankGroup.Of(exchange)!, () => manifest, () => manifest)).Should().Throw<ArgumentException>().Which;
        });
        failures.Select(failure => failure.Message).Should().AllBe(
            $"the ranks do not train the same: Rank 2: {what} is 0.0.7, on rank 0 0.0.8");
    }

    private sealed class LargeData : DataSource
    {
        public int Read { get; private set; }

        public override long Count => 100;

        public override IReadOnlyList<long> ItemShape => [1 << 26];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        {
            foreach (var item in Order(Count, seed, epoch))
            {
                Read++;
                using var batch = new Batch(torch.full([1, 2], (float)item));
                yield return batch;
            }
        }

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => throw new NotSupportedException("that would read all");

        protected override void Dispose(bool disposing)
        {
        }
    }
}
