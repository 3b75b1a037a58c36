using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>What ranks do not divide, or do not agree on, is refused by name, and one that fails ends the others.</summary>
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
    public void An_objective_that_compares_items_is_refused_by_its_name()
        => Refusal<NotSupportedException>(_ => new MlpEncoder(12, 3, [16]), new WaeMmd())
            .Should().Contain("WaeMmd cannot be trained by several ranks");

    [Fact]
    public void Noise_that_is_not_said_to_be_the_items_is_refused()
        => Refusal<PreFlightException>(_ => new NoisyEncoder(), new Elbo())
            .Should().Contain("without saying which axis are the batch's items");

    [Fact]
    public void Ranks_that_do_not_train_the_same_are_refused_with_all_that_differs()
    {
        var message = Refusal<ArgumentException>(
            rank => new MlpEncoder(12, 3, [rank == 2 ? 17 : 16]), new Elbo(), ranks: 3,
            (rank, options) => options with { Seed = rank == 1 ? 8 : 5 }, (rank, seed) => rank == 1 ? seed + 1 : seed);
        message.Should().Contain("Rank 1: Seed is 8, on rank 0 5; training data is ").And.Contain(". Rank 2: model's description is ")
            .And.Contain("model's parameters and buffers is 8 of 597 values");
    }

    [Fact]
    public void A_failure_of_one_rank_is_thrown_on_all()
    {
        var failures = Failures(3, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new FailingObjective(exchange.Rank == 1 ? 2 : null), Experiment.Short));
        failures[1].Should().BeOfType<InvalidDataException>().Which.Message.Should().Be("the disk is gone");
        foreach (var other in new[] { failures[0], failures[2] })
        {
            other.Should().BeOfType<RankFailedException>().Which.Message.Should()
                .Be("rank 1 failed: InvalidDataException: the disk is gone");
        }
    }

    [Fact]
    public void A_failure_within_an_objective_that_ranks_talk_in_ends_them_too()
    {
        var failures = Failures(2, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new FailingObjective(exchange.Rank == 1 ? 2 : null, alone: true), Experiment.Short));
        failures[0].Should().BeOfType<RankFailedException>().Which.Rank.Should().Be(1);
    }

    [Fact]
    public void A_weight_that_drifts_apart_is_found_after_the_epoch_and_named()
    {
        var failures = Failures(2, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Elbo(), Experiment.Short, [new Nudge(exchange.Rank)]));
        failures[0].Should().BeOfType<InvalidOperationException>().Which.Message.Should()
            .StartWith("after epoch 1 rank 1 has other values than rank 0 in 'decoder.");
    }

    [Fact]
    public void Callbacks_progress_and_files_are_rank_0s_and_all_stop_when_one_wants_to()
    {
        var (calls, results) = (new int[2], new TrainingResult[2]);
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
                cancellation: exchange.Rank == 1 ? stop.Token : default);
        });
        calls.Should().Equal(1, 0);
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

    [Theory]
    [InlineData("MPICH Version:      4.0.2\nMPICH Release date: ...", "MPICH")]
    [InlineData("Intel(R) MPI Library 2021.9 for Linux* OS", "Intel MPI")]
    [InlineData("Open MPI v2.1.1, package: ...", "Open MPI v2.1.1")]
    [InlineData("something else", "something else")]
    public void Another_mpi_is_refused_by_its_name(string version, string name)
        => FluentActions.Invoking(() => MpiVersion.Require(version, "libmpi.so.40")).Should().Throw<NotSupportedException>()
            .WithMessage($"libmpi.so.40 is *{name}*apt-get install openmpi-bin*");

    [Fact]
    public void Open_mpi_is_taken_and_a_missing_one_named_with_what_to_install()
    {
        MpiVersion.Require("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4\0", "libmpi.so.40");
        FluentActions.Invoking(() => MpiLibrary.Load(["libnone.so.1"], ["libnone.so.2"])).Should().Throw<DllNotFoundException>()
            .WithMessage("libnone.so.1 is not there*apt-get install openmpi-bin*");
    }

    private static TrainingResult Fit(
        IExchange exchange, Encoder encoder, Objective<Vae> objective, TrainingOptions options,
        IReadOnlyList<ITrainingCallback<Vae>>? callbacks = null, int dataSeed = 11, CancellationToken cancellation = default)
    {
        using var data = Experiment.Data(seed: dataSeed);
        using var vae = new Vae(encoder, new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
        return Trainer.Fit(
            vae, objective, data, options: options with { Exchange = exchange }, callbacks: callbacks, cancellationToken: cancellation);
    }

    private static Exception[] Failures(int ranks, Action<IExchange> main)
    {
        var failures = new Exception[ranks];
        RankThreads.Run(ranks, exchange => failures[exchange.Rank] = exchange.Invoking(main).Should().Throw<Exception>().Which);
        return failures;
    }

    private static string Refusal<T>(
        Func<int, Encoder> encoder, Objective<Vae> objective, int ranks = 2, Func<int, TrainingOptions, TrainingOptions>? options = null,
        Func<int, int, int>? dataSeed = null)
        where T : Exception
    {
        var failures = Failures(ranks, exchange => Fit(
            exchange, encoder(exchange.Rank), objective, options?.Invoke(exchange.Rank, Experiment.Short) ?? Experiment.Short,
            dataSeed: dataSeed?.Invoke(exchange.Rank, 11) ?? 11));
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

        public NoisyEncoder()
            : base(nameof(NoisyEncoder))
            => register_module("inner", _inner);

        public override long LatentSize => 3;

        public override Posterior forward(torch.Tensor input)
            => _inner.forward(input + torch.randn(input.shape, generator: NoiseSource.OfThisThread) * 0.01);
    }

    private sealed class Nudge(int rank) : ITrainingCallback<Vae>
    {
        public bool RunsOnEveryRank => true;

        public void StepEnded(Vae model, StepResult result)
        {
            using var noGradient = torch.no_grad();
            if (rank == 1 && result.Index == 1)
                model.Decoder.parameters().First().add_(1e-3);
        }
    }

    private sealed class Count(Action ended) : ITrainingCallback<Vae>
    {
        public void EpochEnded(Vae model, EpochSummary summary) => ended();
    }
}
