using TorchSharp;
using VaeToolkit.Training;
using static VaeToolkit.Distributed.Tests.ShortRun;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What ranks do not divide, or do not agree on, is refused by name.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Batch_normalisation_is_refused_by_the_layers_name()
        => Refusal<NotSupportedException>(_ => new LayerEncoder(torch.nn.BatchNorm1d(16)), new Elbo())
            .Should().Contain("'encoder.layers.1' (BatchNorm1d)").And.Contain("GroupNorm");

    [Fact]
    public void Torchs_dropout_is_refused_by_the_layers_name()
        => Refusal<NotSupportedException>(_ => new LayerEncoder(torch.nn.Dropout(0.5)), new Elbo())
            .Should().Contain("'encoder.layers.1' (Dropout)").And.Contain(nameof(Networks.ItemDropout));

    [Fact]
    public void Dropout_that_leaves_nothing_out_is_not_refused()
        => RankThreads.Run(2, exchange => Fit(
            exchange, new LayerEncoder(torch.nn.Dropout(0)), new Elbo(), Experiment.Short with { Epochs = 1 })
            .History.Should().HaveCount(1));

    [Fact]
    public void Running_statistics_of_single_items_are_refused_by_the_layers_name()
        => Refusal<NotSupportedException>(_ => new LayerEncoder(torch.nn.InstanceNorm1d(16, track_running_stats: true)), new Elbo())
            .Should().Contain("'encoder.layers.1' (InstanceNorm1d)").And.Contain("track_running_stats");

    [Fact]
    public void Draws_from_torchs_own_generator_are_refused()
        => Refusal<PreFlightException>(_ => new NoisyEncoder(ofTorch: true), new Elbo(), others: typeof(RankFailedException))
            .Should().Contain("draws from torch's own generator").And.Contain("NoiseSource.Normal");

    [Fact]
    public void An_objective_that_compares_items_is_refused_by_its_name()
        => Refusal<NotSupportedException>(_ => new MlpEncoder(12, 3, [16]), new WaeMmd())
            .Should().Contain("WaeMmd cannot be trained by several ranks");

    [Fact]
    public void Noise_that_is_not_said_to_be_the_items_is_refused()
        => Refusal<PreFlightException>(_ => new NoisyEncoder(), new Elbo(), others: typeof(RankFailedException))
            .Should().Contain("without saying which axis are the batch's items");

    [Fact]
    public void Ranks_that_do_not_train_the_same_are_refused_with_all_that_differs()
    {
        var message = Refusal<ArgumentException>(
            rank => new MlpEncoder(12, 3, [rank == 2 ? 17 : 16]), new Elbo(), ranks: 3,
            (rank, options) => options with { Seed = rank == 1 ? 8 : 5 }, (rank, seed) => rank == 1 ? seed + 1 : seed);
        message.Should().Contain("Rank 1: Seed is 8, on rank 0 5; content of the training data is ").And.Contain("; training items is ")
            .And.Contain(". Rank 2: model's description is ").And.Contain("model's parameters and buffers is 8 of 597 values");
    }

    [Fact]
    public void Ranks_of_which_one_has_more_layers_are_refused_before_the_pre_flight_with_all_that_differs()
        => Refusal<ArgumentException>(
                rank => new MlpEncoder(12, 3, rank == 1 ? [16, 16] : [16]), new Elbo(),
                options: (rank, options) => options with { Seed = 5 + rank })
            .Should().StartWith("the ranks do not train the same: Rank 1: model's description is ")
            .And.Contain("model's parameters and buffers is 10 of 850 values, ").And.Contain(", on rank 0 8 of 578 values, ")
            .And.Contain("; Seed is 6, on rank 0 5");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Ranks_of_which_one_alone_leaves_out_the_pre_flight_are_refused(int without)
        => Refusal<ArgumentException>(
                _ => new MlpEncoder(12, 3, [16]), new Elbo(),
                options: (rank, options) => options with { PreFlight = rank != without })
            .Should().Be($"the ranks do not train the same: Rank 1: PreFlight is {without == 0}, on rank 0 {without == 1}");

    [Fact]
    public void Ranks_on_other_kinds_of_devices_are_refused()
        => Refusal<ArgumentException>(
                rank => rank == 1 ? new MlpEncoder(12, 3, [16]).to(torch.META) : new MlpEncoder(12, 3, [16]), new Elbo())
            .Should().Be("the ranks do not train the same: Rank 1: kind of device is META, on rank 0 CPU");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_differs_is_said_where_one_ranks_data_cannot_be_read_too(int unreadable)
    {
        var failures = Failures(2, exchange =>
        {
            using DataSource data = exchange.Rank == unreadable ? new Unreadable() : Experiment.Data();
            using var vae = new Vae(
                new MlpEncoder(12, 3, exchange.Rank == 1 ? [16, 16] : [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)),
                new StandardNormalPrior(3));
            Trainer.Fit(vae, new Elbo(), data, options: Experiment.Short with { Exchange = exchange });
        });
        failures.Should().AllBeOfType<ArgumentException>().And.OnlyContain(
            failure => failure.Message.Contains("Rank 1: model's description is ") && !failure.Message.Contains("data")
                && !failure.Message.Contains("not known"));
    }

    [Fact]
    public void The_pre_flight_alone_refuses_ranks_with_other_models()
    {
        var failures = Failures(2, exchange =>
        {
            using var data = Experiment.Data();
            using var vae = new Vae(
                new MlpEncoder(12, 3, exchange.Rank == 1 ? [16, 16] : [16]), new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)),
                new StandardNormalPrior(3));
            PreFlight.Check(vae, new Elbo(), data, null, Experiment.Short with { Exchange = exchange });
        });
        failures.Should().AllBeOfType<ArgumentException>().And.OnlyContain(
            failure => failure.Message.Contains("Rank 1: model's description is "));
    }

    [Fact]
    public void A_rank_that_fails_before_it_has_all_of_its_parts_is_named()
        => Refusal<RankFailedException>(
                rank => new LateEncoder(fails: rank == 1), new Elbo(), others: typeof(PreFlightException))
            .Should().Contain("rank 1").And.Contain("no layer yet");

    [Fact]
    public void Callbacks_progress_and_files_are_rank_0s_and_all_stop_when_one_wants_to()
    {
        var (calls, told, results) = (new int[2], new int[2], new TrainingResult[2]);
        using var stop = new CancellationTokenSource();
        RankThreads.Run(2, exchange =>
        {
            var count = new Count(() =>
            {
                calls[exchange.Rank]++;
                stop.Cancel();
            });
            results[exchange.Rank] = Fit(
                exchange, new MlpEncoder(12, 3, [16]), new Elbo(),
                Experiment.Short with { CheckpointDirectory = _folder[$"of-{exchange.Rank}"] }, [count],
                cancellation: exchange.Rank == 1 ? stop.Token : default, progress: new Told(() => told[exchange.Rank]++));
        });
        calls.Should().Equal(1, 0);
        told[0].Should().BePositive();
        told[1].Should().Be(0);
        results.Select(result => (result.Reason, result.History.Count)).Should().AllBeEquivalentTo((StopReason.Cancelled, 1));
        results[0].History[0].RankSeconds.Should().HaveCount(2).And.OnlyContain(seconds => seconds > 0);
        Directory.Exists(_folder["of-0/last"]).Should().BeTrue();
        Directory.Exists(_folder["of-1"]).Should().BeFalse();
    }

    [Fact]
    public void A_slow_rank_is_named_where_the_epoch_is_shown()
    {
        var epoch = new EpochSummary(2, 10, 1.5, null, new Dictionary<string, double>(), null, 4, 1e-3) { RankSeconds = [1, 1, 3.5] };
        epoch.ToString().Should().Be("epoch 2: train 1.50 (4.0 s; rank 2 is slow: it worked 3.5 s, the others 1.0 s)");
        (epoch with { RankSeconds = [1, 1, 1.1] }).ToString().Should().Be("epoch 2: train 1.50 (4.0 s)");
    }

    [Fact]
    public void A_run_is_resumed_by_another_number_of_ranks()
    {
        var first = Experiment.Short with { CheckpointDirectory = _folder["run"], Resume = true };
        var whole = new Experiment("boosted", Experiment.Short).Run();
        Train(2, first with { Epochs = 1 });
        Train(3, first with { Epochs = 2 });
        var resumed = new Experiment("boosted", first).Run();
        var (training, validation, weights) = resumed.DifferenceFrom(whole);
        Math.Max(training, Math.Max(validation, weights)).Should().BeLessThan(2e-5);

        static void Train(int ranks, TrainingOptions options)
        {
            var trainees = Enumerable.Range(0, ranks).Select(_ => new Experiment("boosted", options).Make()).ToArray();
            RankThreads.Run(ranks, exchange
                => new Experiment("boosted", options with { Exchange = exchange }).Run(trainees[exchange.Rank]));
        }
    }

    private static string Refusal<T>(
        Func<int, Encoder> encoder, Objective<Vae> objective, int ranks = 2, Func<int, TrainingOptions, TrainingOptions>? options = null,
        Func<int, int, int>? dataSeed = null, Type? others = null)
        where T : Exception
    {
        var failures = Failures(ranks, exchange => Fit(
            exchange, encoder(exchange.Rank), objective, options?.Invoke(exchange.Rank, Experiment.Short) ?? Experiment.Short,
            dataSeed: dataSeed?.Invoke(exchange.Rank, 11) ?? 11));
        failures.Should().OnlyContain(failure => failure is T || failure.GetType() == others, "all ranks refuse");
        return failures.OfType<T>().Should().NotBeEmpty().And.Subject.First().Message;
    }

    private sealed class LayerEncoder : Encoder
    {
        private readonly torch.nn.Module<torch.Tensor, torch.Tensor> _layers;

        public LayerEncoder(torch.nn.Module<torch.Tensor, torch.Tensor> layer)
            : base(nameof(LayerEncoder))
        {
            _layers = torch.nn.Sequential(torch.nn.Linear(12, 16), layer, torch.nn.Linear(16, 6));
            register_module("layers", _layers);
        }

        public override long LatentSize => 3;

        public override Posterior forward(torch.Tensor input)
        {
            var parts = _layers.forward(input).chunk(2, 1);
            return new DiagonalNormal(parts[0], parts[1]);
        }
    }

    private sealed class NoisyEncoder : Encoder
    {
        private readonly MlpEncoder _inner = new(12, 3, [16]);

        private readonly bool _ofTorch;

        public NoisyEncoder(bool ofTorch = false)
            : base(nameof(NoisyEncoder))
        {
            _ofTorch = ofTorch;
            register_module("inner", _inner);
        }

        public override long LatentSize => 3;

        public override Posterior forward(torch.Tensor input)
            => _inner.forward(input + torch.randn(input.shape, generator: _ofTorch ? null : NoiseSource.OfThisThread) * 0.01);
    }

    // Its layer is made when items first come.
    private sealed class LateEncoder(bool fails) : Encoder(nameof(LateEncoder))
    {
        private MlpEncoder? _inner;

        public override long LatentSize => 3;

        public override Posterior forward(torch.Tensor input)
        {
            if (fails)
                throw new InvalidOperationException("no layer yet");
            if (_inner is null)
                register_module("inner", _inner = new(12, 3, [16]));
            return _inner.forward(input);
        }
    }

    private sealed class Unreadable : DataSource
    {
        public override long Count => 61;

        public override IReadOnlyList<long> ItemShape => [12];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => throw new IOException("the disk is away");

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => throw new IOException("the disk is away");

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Told(Action told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told();
    }

    private sealed class Count(Action ended) : ITrainingCallback<Vae>
    {
        public void EpochEnded(Vae model, EpochSummary summary) => ended();
    }
}
