using TorchSharp;
using VaeToolkit.Training;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;
using Xunit.Abstractions;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks that train a U-Net take their own volumes alone, and train what one process trains.</summary>
public sealed class OwnVolumesTests(ITestOutputHelper output)
{
    private const int Steps = 4;

    // Of three volumes a step, two ranks take one and two, and a rank of four that has none takes one as a placeholder.
    [Theory]
    [InlineData("none", 2)]
    [InlineData("intensity", 2)]
    [InlineData("flips", 2)]
    [InlineData("flips", 4)]
    [InlineData("all", 2)]
    [InlineData("own", 2)]
    public void Ranks_train_the_network_of_one_process_on_their_own_volumes(string augmentation, int ranks)
    {
        using var data = SegmentationTests.Volumes();
        foreach (var ahead in new[] { false, true })
        {
            var options = Options(augmentation) with { PrepareAhead = ahead };
            var alone = Run(data, options, SegmentationTests.Make(bayesian: false));
            var sources = Enumerable.Range(0, ranks).Select(_ => new Counting(data)).ToArray();
            var (outcomes, networks) = (new double[ranks][], sources.Select(_ => SegmentationTests.Make(bayesian: false)).ToArray());
            RankThreads.Run(ranks, exchange => outcomes[exchange.Rank] = Run(
                sources[exchange.Rank], options with { Exchange = exchange }, networks[exchange.Rank]));
            outcomes.Should().AllSatisfy(outcome => outcome.Should().Equal(outcomes[0]));
            // The losses: Adam makes much of the rounding of small gradients, in weights that hardly count.
            var difference = Outcome.Largest(outcomes[0].Take(Steps), alone.Take(Steps));
            output.WriteLine($"{augmentation}, {ranks} ranks: {difference:E1}, with weights {Outcome.Largest(outcomes[0], alone):E1}");
            difference.Should().BeLessThan(1e-4);
            // Of an augmentation of the user's it is not known how it draws.
            int[] expected = augmentation == "own" ? [3, 3] : ranks == 2 ? [1, 2] : [1, 1, 1, 1];
            foreach (var (source, count) in sources.Zip(expected))
                source.Taken[^Steps..].Should().OnlyContain(taken => taken == count);
        }
    }

    [Fact]
    public void A_volume_that_is_spoiled_on_the_way_is_named_on_all_ranks()
    {
        using var data = SegmentationTests.Volumes();
        var networks = Two();
        var failures = ShortRun.Failures(2, exchange =>
        {
            try
            {
                Run(new Counting(data) { Spoiled = 3 }, Options("none") with { Exchange = exchange }, networks[exchange.Rank]);
            }
            catch (NonFiniteVolumeException)
            {
                // They can talk to each other afterwards.
                exchange.Barrier();
                throw;
            }
        });
        failures.Should().AllBeOfType<NonFiniteVolumeException>().And.OnlyContain(failure => failure.Message.Contains("volume 3"));
    }

    [Fact]
    public void A_loop_of_ones_own_steps_on_its_part_of_a_batch()
    {
        using var data = SegmentationTests.Volumes();
        using var whole = data.Take([0, 1, 2]);
        var alone = Losses(null, SegmentationTests.Make(bayesian: false));
        var (divided, networks) = (new double[2][], Two());
        RankThreads.Run(2, exchange => divided[exchange.Rank] = RankedRun.Of(
            exchange, networks[exchange.Rank], new Dictionary<string, string>(), () => Losses(exchange, networks[exchange.Rank])));
        divided.Should().AllSatisfy(own => Outcome.Largest(own, alone).Should().BeLessThan(2e-5));

        double[] Losses(IExchange? exchange, SegmentationNetwork network)
        {
            var (first, count) = RankedRun.PartOf(exchange, 3);
            using var batch = new Batch(whole.Items.narrow(0, first, count), whole.Labels!.narrow(0, first, count));
            using var optimizer = torch.optim.SGD(network.parameters(), 0.1);
            return [.. Enumerable.Range(0, 3).Select(_ => RankedRun.Step(
                (UNet3d)network, new SegmentationObjective(), batch, optimizer, gradientClip: 1, exchange, items: 3).Loss)];
        }
    }

    [Fact]
    public void A_part_of_another_size_is_refused()
    {
        RankedRun.PartOf(null, 7).Should().Be((0L, 7L));
        FluentActions.Invoking(() => RankedRun.PartOf(null, 0)).Should().Throw<ArgumentOutOfRangeException>();
        using var data = SegmentationTests.Volumes();
        using var batch = data.Take([0, 1]);
        var networks = Two();
        var failures = ShortRun.Failures(2, exchange =>
        {
            var network = (UNet3d)networks[exchange.Rank];
            using var optimizer = torch.optim.SGD(network.parameters(), 0.1);
            RankedRun.Of(exchange, network, new Dictionary<string, string>(), () => RankedRun.Step(
                network, new SegmentationObjective(), batch, optimizer, gradientClip: null, exchange, items: 3));
        });
        failures[0].Should().BeOfType<ArgumentException>().Which.Message.Should().StartWith(
            "the batch has 2 items; of 3 items this rank's part has 1");
    }

    private static SegmentationNetwork[] Two() => [SegmentationTests.Make(bayesian: false), SegmentationTests.Make(bayesian: false)];

    private static SegmentationTrainingOptions Options(string augmentation) => new()
    {
        Steps = Steps,
        BatchSize = 3,
        Seed = 2,
        Augmentation = augmentation switch
        {
            "none" => null,
            "intensity" => VolumeAugmentations.Intensity,
            "flips" => LabelSymmetry.Symmetric.FlipAndIntensity,
            "all" => new Augmentation(
                new() { RotationDegrees = 15, FlipProbability = new(0.5, 0, 0), Symmetry = LabelSymmetry.Symmetric }).Apply,
            _ => (volumes, labels, seed) => VolumeAugmentations.Intensity(volumes.flip(0), labels.flip(0), seed),
        },
    };

    private static double[] Run(SegmentationSource data, SegmentationTrainingOptions options, SegmentationNetwork network)
    {
        var run = SegmentationTraining.Run((UNet3d)network, new SegmentationObjective(), data, options: options);
        return [.. run.Steps.Select(step => step.Loss), .. network.parameters().SelectMany(weight => weight.Values())];
    }

    /// <summary>Another source's volumes, with how many were taken at a time; one may be spoiled once all were looked at.</summary>
    private sealed class Counting(SegmentationSource source) : SegmentationSource
    {
        private int _looks;

        public int? Spoiled { get; init; }

        public List<int> Taken { get; } = [];

        public override int Count => source.Count;

        public override string NameOf(int index) => source.NameOf(index);

        public override Batch Take(IReadOnlyList<int> indices)
        {
            Taken.Add(indices.Count);
            var batch = source.Take(indices);
            // The volumes are looked at, and then those of the comparison.
            if (_looks++ >= 2 * Count && Spoiled is { } spoiled && indices.ToList().IndexOf(spoiled) is var place and >= 0)
                batch.Items[place].fill_(double.NaN);
            return batch;
        }
    }
}
