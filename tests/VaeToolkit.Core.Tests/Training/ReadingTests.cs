using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>
/// What is read of all data before the first step: little at a time, since no tensor of a step may be as large, and allocators keep what
/// was freed.
/// </summary>
public sealed class ReadingTests
{
    private const long Width = 1 << 14;
    private const int AtATime = 16;

    // Where each block costs a latent vector's decoding.
    private const int Explained = 256;

    [Fact]
    public void Training_reads_a_megabyte_at_a_time_for_its_record_and_few_blocks_where_each_is_decoded_for()
    {
        using var seed = SeedScope.Begin(1);
        using var vae = new Vae(
            new MlpEncoder(Width, latentSize: 2, hidden: [4]),
            new MlpDecoder(latentSize: 2, hidden: [4], ObservationModel.Bernoulli(Width)),
            new StandardNormalPrior(2));
        using var train = new WatchedData(40);
        using var valid = new WatchedData(20);
        _ = Trainer.Fit(vae, new Elbo(), train, valid, new() { Epochs = 1, BatchSize = 4 });
        train.Sizes.Distinct().Order().Should().Equal(
            [4, AtATime, Explained], "16 items of 2¹⁴ values are 2¹⁸ numbers of four bytes");
        valid.Sizes.Max().Should().Be(Explained);
    }

    [Fact]
    public void So_do_ranks_that_compare_theirs()
    {
        using var layer = torch.nn.Linear(2, 1);
        using var data = new WatchedData(40);
        _ = RankManifest.Of(layer, data, new Dictionary<string, string>(), seed: 3);
        data.Sizes.Should().Equal([AtATime], "one reading");
    }

    private sealed class WatchedData(int count) : DataSource
    {
        private readonly TensorData _data = new(torch.zeros(count, Width).DetachFromDisposeScope());

        public List<int> Sizes { get; } = [];

        public override long Count => _data.Count;

        public override IReadOnlyList<long> ItemShape => _data.ItemShape;

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => _data.Batches(size, seed, epoch);

        public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        {
            Sizes.Add(size);
            return _data.InOrder(size, seed);
        }

        protected override void Dispose(bool disposing) => _data.Dispose();
    }
}
