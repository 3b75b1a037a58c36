using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;
using static VaeToolkit.Distributed.Tests.ShortRun;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Sources that draw their items as they come, batch by batch, give ranks and threads what they give one process.</summary>
public sealed class DrawnItemsTests
{
    // Three ranks with batches of 7 have 21 items in a round; the last has one batch, of five.
    private const int Items = 68;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Likelihoods_of_samples_of_latent_codes_are_those_of_one_thread(int ranks)
    {
        using var rows = Experiment.Data(Items, seed: 4);
        var (alone, divided) = (Array.Empty<double>(), new double[ranks][]);
        var made = Enumerable.Range(0, ranks + 1).Select(_ => Made()).ToArray();
        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            alone = PerItem(null, made[ranks], rows);
            // One rank has two threads.
            torch.set_num_threads(2);
            RankThreads.Run(ranks, exchange => divided[exchange.Rank] = PerItem(exchange, made[exchange.Rank], rows));
        }
        finally
        {
            torch.set_num_threads(threads);
        }
        // Codes of batches of another size come to another by 6.
        divided.Should().AllSatisfy(own => Outcome.Largest(own, alone).Should().BeLessThan(1e-5));
        alone.Should().HaveCount(Items);
    }

    [Fact]
    public void A_training_on_them_is_one_process_s()
    {
        using var rows = Experiment.Data(Items, seed: 4);
        var alone = Losses(null, Made(), rows);
        var (divided, made) = (new double[2][], new[] { Made(), Made() });
        RankThreads.Run(2, exchange => divided[exchange.Rank] = Losses(exchange, made[exchange.Rank], rows));
        divided.Should().AllSatisfy(own => Outcome.Largest(own, alone).Should().BeLessThan(2e-5));
    }

    [Fact]
    public void Ranks_that_draw_at_the_same_time_have_the_same_items()
    {
        var (models, drawn) = (new[] { Model(2), Model(2) }, new double[2][]);
        RankThreads.Run(2, exchange =>
        {
            // They are compared, and then weighed.
            using var data = new DrawnTogether(exchange);
            Evaluate.NegativeLogLikelihood(models[exchange.Rank], data, new() { Samples = 2, Exchange = exchange });
            drawn[exchange.Rank] = [.. data.Drawn];
        });
        drawn[0].Should().HaveCount(2 * 2).And.Equal(drawn[1]);
        Array.ForEach(models, model => model.Dispose());
    }

    [Theory]
    [InlineData("importance")]
    [InlineData("annealing")]
    [InlineData("classifier")]
    public void Ranks_may_go_on_where_the_data_of_one_break_off(string kind)
    {
        using var rows = Experiment.Data(Items, seed: 4, labelled: true);
        var (made, layers) = (new[] { Model(12), Model(12) }, new[] { Classifier(), Classifier() });
        var failures = Failures(2, exchange =>
        {
            using var data = new BreakingData(rows, breaksOff: exchange.Rank == 1);
            try
            {
                _ = kind switch
                {
                    "importance" => (object)Evaluate.NegativeLogLikelihood(
                        made[exchange.Rank], data, new() { Samples = 2, BatchSize = 7, Exchange = exchange }),
                    "annealing" => Evaluate.AnnealedImportanceSampling(
                        made[exchange.Rank], data, new() { Chains = 2, Temperatures = 3, BatchSize = 7, Exchange = exchange }),
                    _ => ClassificationReport.Of(layers[exchange.Rank], data, exchange),
                };
            }
            catch (Exception failure) when (failure is IOException or RankFailedException)
            {
                exchange.Barrier();
                throw;
            }
        });
        failures[1].Should().BeOfType<IOException>();
        failures[0].Should().BeOfType<RankFailedException>().Which.Reason.Should().Be("IOException: the disk is gone");
        Array.ForEach<IDisposable>([.. made, .. layers], model => model.Dispose());
    }

    private static double[] PerItem(IExchange? exchange, (Vae Codes, Vae Model) made, DataSource rows)
    {
        using var codes = new LatentData(made.Codes, rows, LatentKind.Samples);
        return [.. Evaluate.NegativeLogLikelihood(
            made.Model, codes, new() { Samples = 5, BatchSize = 7, Seed = 3, KeepPerItem = true, Exchange = exchange }).PerItem!];
    }

    private static double[] Losses(IExchange? exchange, (Vae Codes, Vae Model) made, DataSource rows)
    {
        using var codes = new LatentData(made.Codes, rows, LatentKind.Samples);
        var result = Trainer.Fit(made.Model, new Elbo(), codes, codes, Experiment.Short with { Exchange = exchange });
        return [.. result.History.SelectMany(epoch => new[] { epoch.TrainLoss, epoch.ValidationLoss!.Value })];
    }

    private static (Vae Codes, Vae Model) Made()
    {
        using var seed = SeedScope.Begin(3);
        var codes = new Vae(
            new MlpEncoder(12, 3, [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
        return (codes, Model(3));
    }

    private static Vae Model(int features)
    {
        using var seed = SeedScope.Begin(4);
        return new(
            new MlpEncoder(features, 2, [16]), new MlpDecoder(2, [16], ObservationModel.Gaussian(0.3, features)),
            new StandardNormalPrior(2));
    }

    private static torch.nn.Module<torch.Tensor, torch.Tensor> Classifier()
    {
        using var seed = SeedScope.Begin(3);
        return torch.nn.Linear(12, 3);
    }

    // One item, which no rank draws before the other has seeded what it draws from.
    private sealed class DrawnTogether(IExchange exchange) : DataSource
    {
        public List<double> Drawn { get; } = [];

        public override long Count => 1;

        public override IReadOnlyList<long> ItemShape => [2];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => InOrder(size, seed);

        public override IEnumerable<Batch> InOrder(int size, long seed = 0)
        {
            using var like = torch.zeros(1);
            using var own = SeedScope.Begin(seed);
            exchange.Barrier();
            using var batch = new Batch(NoiseSource.Normal([1, 2], like, itemAxis: null));
            Drawn.AddRange(batch.Items.Values());
            exchange.Barrier();
            yield return batch;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
