using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;
using static VaeToolkit.Distributed.Tests.ShortRun;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What each rank checks for itself, the others hear of where it fails, and all may go on.</summary>
public sealed class AgreementTests
{
    private static readonly UNet3dOptions s_network = new() { Widths = [4, 8], Classes = 1 };

    [Fact]
    public void Options_of_the_pre_flight() => Fails<ArgumentException>("Training options: Epochs is 0", (exchange, isBad) =>
    {
        using var data = Experiment.Data();
        using var vae = Model();
        PreFlight.Check(vae, new Elbo(), data, null, Experiment.Short with { Epochs = isBad ? 0 : 1, Exchange = exchange });
    });

    [Fact]
    public void Data_that_cannot_be_read_for_the_record() => Fails<IOException>("the disk is gone", (exchange, isBad) =>
    {
        using var data = new UnreadInOrder(isBad);
        using var vae = Model();
        Trainer.Fit(vae, new Elbo(), data, options: Experiment.Short with { PreFlight = false, Exchange = exchange });
    });

    [Theory]
    [InlineData("importance")]
    [InlineData("annealing")]
    [InlineData("divergence")]
    public void Options_of_evaluations(string kind) => Fails<ArgumentOutOfRangeException>("BatchSize must be ", (exchange, isBad) =>
    {
        using var data = Experiment.Data(22);
        using var vae = Model();
        var size = isBad ? 0 : 4;
        _ = kind switch
        {
            "importance" => (object)Evaluate.NegativeLogLikelihood(
                vae, data, new() { Samples = 2, BatchSize = size, Exchange = exchange }),
            "annealing" => Evaluate.AnnealedImportanceSampling(
                vae, data, new() { Chains = 2, Temperatures = 2, BatchSize = size, Exchange = exchange }),
            _ => Evaluate.MarginalKl(vae, data, new() { Samples = 20, BatchSize = size, Exchange = exchange }),
        };
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Labels_that_the_stages_of_M2_need(bool allStages) => Fails<ArgumentException>("no item is labelled", (exchange, isBad) =>
    {
        var labels = new LabelSpace(3);
        using var shown = Experiment.Data(count: 30, seed: 13, labelled: true);
        using var hidden = Experiment.Data();
        using var data = new SemiSupervisedData(isBad ? null : shown, hidden, labels, labelledBatch: 20);
        using var model = new M2Model(
            new ConditionalVae(
                new MlpConditionalEncoder(12, 3, 3, [16]), new MlpConditionalDecoder(3, 3, [16], ObservationModel.Bernoulli(12)),
                new StandardNormalPrior(3)),
            new MlpClassifier(12, [8], 3), labels);
        var stage = Experiment.Short with { Epochs = 1, Exchange = exchange };
        var options = new M2TrainingOptions { Classifier = stage, Generative = stage, Joint = stage };
        if (allStages)
            M2Training.Fit(model, data, options);
        else
            M2Training.FitJoint(model, data, options);
    });

    [Theory]
    [InlineData(true, "StepsPerReading ")]
    [InlineData(false, "there are no volumes to train on")]
    public void Options_and_volumes_of_a_segmentation(bool options, string reason) => Fails<ArgumentException>(reason, (exchange, isBad) =>
    {
        using var data = Volumes();
        using var network = new UNet3d(s_network);
        SegmentationTraining.Run(
            network, new SegmentationObjective(), data, isBad && !options ? [] : null,
            new() { Steps = 1, StepsPerReading = isBad && options ? 0 : 1, Exchange = exchange });
    });

    [Theory]
    [InlineData(TargetMethod.SourceStart, "SourceStart needs the source's snapshots")]
    [InlineData(TargetMethod.DeepWeightPrior, "DeepWeightPrior needs priors of the source")]
    public void What_methods_of_a_target_start_from(TargetMethod method, string reason)
        => Fails<InvalidOperationException>(reason, (exchange, isBad) =>
        {
            using var data = Volumes();
            new TargetTraining(s_network).Train(
                isBad ? method : TargetMethod.RandomStart, data,
                options: new() { Training = new() { Steps = 1, Exchange = exchange }, MeansFrom = MeanStart.Random }).Dispose();
        });

    [Theory]
    [InlineData("shape", "volumes have shape [1, 8, 8, 8]")]
    [InlineData("values", "volumes holds NaN or infinity")]
    [InlineData("options", "Samples must be ")]
    public void Volumes_and_options_of_a_prediction(string bad, string reason) => Fails<ArgumentException>(reason, (exchange, isBad) =>
    {
        using var network = new UNet3d(s_network);
        using var volumes = torch.zeros(isBad && bad == "shape" ? [1, 8, 8, 8] : [3, 1, 8, 8, 8]);
        if (isBad && bad == "values")
            volumes.fill_(double.NaN);
        Segmentation.Predict(network, volumes, new() { Samples = isBad && bad == "options" ? 0 : 1, Exchange = exchange }).Dispose();
    });

    // On rank 1 alone, and on both they can talk to each other afterwards.
    private static void Fails<T>(string reason, Action<IExchange, bool> run)
        where T : Exception
    {
        var failures = Failures(2, exchange =>
        {
            try
            {
                run(exchange, exchange.Rank == 1);
            }
            catch (Exception failure) when (failure is T or RankFailedException)
            {
                exchange.Barrier();
                throw;
            }
        });
        failures[1].Should().BeAssignableTo<T>().Which.Message.Should().StartWith(reason);
        failures[0].Should().BeOfType<RankFailedException>().Which.Reason.Should()
            .Be($"{failures[1].GetType().Name}: {failures[1].Message}");
    }

    private static Vae Model() => new(
        new MlpEncoder(12, 3, [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));

    private static SegmentationData Volumes()
    {
        using var random = new torch.Generator(4, torch.CPU);
        var volumes = torch.randn([3L, 1, 8, 8, 8], generator: random);
        return new SegmentationData(volumes, volumes.squeeze(1).gt(0.5).to(torch.int64));
    }

    // More than is read for a comparison, so that nothing but the record goes through all of it in order.
    private sealed class UnreadInOrder(bool fails) : DataSource
    {
        public override long Count => 1L << 30;

        public override IReadOnlyList<long> ItemShape => [12];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch)
        {
            using var batch = new Batch(torch.full([2, 12], 0.5f));
            yield return batch;
        }

        public override IEnumerable<Batch> InOrder(int size, long seed = 0)
            => fails ? throw new IOException("the disk is gone") : Batches(size, seed, epoch: 0);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
