using TorchSharp;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Reports on classifiers of items that are drawn batch by batch.</summary>
public sealed class ClassificationTests
{
    // Three batches of 500: four ranks have one without any.
    private const int Items = 1203;

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_report_on_samples_of_latent_codes_is_one_process_s(int ranks)
    {
        using var scope = torch.NewDisposeScope();
        using var rows = Experiment.Data(Items, seed: 4, labelled: true);
        var alone = Report(null, Make(), rows);
        var (divided, made) = (new ClassificationReport[ranks], Enumerable.Range(0, ranks).Select(_ => Make()).ToArray());
        RankThreads.Run(ranks, exchange => divided[exchange.Rank] = Report(exchange, made[exchange.Rank], rows));
        divided.Should().AllSatisfy(own =>
        {
            own.Items.Should().Be(Items);
            // Codes of batches of another size give another by a hundredth.
            own.LogLoss.Should().BeApproximately(alone.LogLoss, 1e-6);
            own.CalibrationError.Should().BeApproximately(alone.CalibrationError, 1e-3);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void No_rank_holds_more_than_one_process_does(int ranks)
    {
        using var rows = Experiment.Data(Items, seed: 4, labelled: true);
        var (sizes, models) = (new List<int>[ranks], Enumerable.Range(0, ranks).Select(_ => Classifier()).ToArray());
        RankThreads.Run(ranks, exchange =>
        {
            using var noted = new Noted(rows);
            ClassificationReport.Of(models[exchange.Rank], noted, exchange);
            sizes[exchange.Rank] = noted.Sizes;
        });
        // The last they are asked for; before that the items are compared.
        sizes.Should().OnlyContain(asked => asked.Last() == 500);
        Array.ForEach(models, model => model.Dispose());
    }

    [Fact]
    public void Labels_of_voxels_are_refused()
    {
        using var rows = new PerVoxel();
        using var model = Classifier();
        FluentActions.Invoking(() => ClassificationReport.Of(model, rows)).Should().Throw<ArgumentException>()
            .WithMessage("labels have shape [2, 3, 2, 2]; one of each item, [N], is compared*");
    }

    private static ClassificationReport Report(IExchange? exchange, (Vae Vae, torch.nn.Module<torch.Tensor, torch.Tensor> Classifier) made,
        DataSource rows)
    {
        using var codes = new LatentData(made.Vae, rows, LatentKind.Samples);
        return ClassificationReport.Of(made.Classifier, codes, exchange);
    }

    private static (Vae, torch.nn.Module<torch.Tensor, torch.Tensor>) Make()
    {
        using var seed = SeedScope.Begin(3);
        return (
            new(new MlpEncoder(12, 3, [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3)),
            torch.nn.Linear(3, 3));
    }

    private static torch.nn.Module<torch.Tensor, torch.Tensor> Classifier()
    {
        using var seed = SeedScope.Begin(3);
        return torch.nn.Linear(12, 3);
    }

    private sealed class PerVoxel : DataSource
    {
        public override long Count => 2;

        public override IReadOnlyList<long> ItemShape => [12];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => InOrder(size, seed);

        public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        {
            using var batch = new Batch(torch.zeros(2, 12), torch.zeros([2L, 3, 2, 2], torch.int64));
            yield return batch;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Noted(DataSource rows) : DataSource
    {
        public List<int> Sizes { get; } = [];

        public override long Count => rows.Count;

        public override IReadOnlyList<long> ItemShape => rows.ItemShape;

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => rows.Batches(size, seed, epoch);

        public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        {
            Sizes.Add(size);
            return rows.InOrder(size, seed);
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
