using System.Runtime.InteropServices;
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
    public void A_failure_within_libtorch_is_told_in_one_line()
    {
        var exchanges = new CountingExchange[2];
        var failures = Failures(2, exchange =>
        {
            exchanges[exchange.Rank] = new(exchange);
            Fit(
                exchanges[exchange.Rank], new MlpEncoder(12, 3, [16]), new FailingObjective(
                    exchange.Rank == 1 ? 2 : null, failure: new ExternalException("the disk is gone\nframe #0: at::whatever")),
                Experiment.Short);
        });
        failures[1].Should().BeOfType<InvalidOperationException>().Which.Message.Should()
            .Be("a step of FailingObjective on [20, 12] float32 on cpu fails: the disk is gone");
        failures[0].Should().BeOfType<RankFailedException>().Which.Reason.Should()
            .Be("InvalidOperationException: " + failures[1].Message);
        exchanges.Should().OnlyContain(exchange => exchange.Aborts == 0, "all know");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_loss_that_is_no_number_is_thrown_on_all_ranks_and_its_rank_named(bool clipped)
    {
        var exchanges = new CountingExchange[2];
        var failures = Failures(2, exchange =>
        {
            exchanges[exchange.Rank] = new(exchange);
            Fit(
                exchanges[exchange.Rank], new MlpEncoder(12, 3, [16]), new Spoiling(exchange.Rank == 1 ? 2 : null, gradientAlone: clipped),
                Experiment.Short with { GradientClip = clipped ? 1 : null });
        });
        failures.Should().AllBeOfType<NonFiniteLossException>();
        failures[0].Message.Should().Be(failures[1].Message).And.StartWith(
            clipped ? "'gradient_norm' is NaN in training at step 2;" : "'loss' is NaN in training on rank 1 at step 2;");
        failures[0].Message.Should().Contain("the parameters were left as they were");
        exchanges.Should().OnlyContain(exchange => exchange.Aborts == 0, "each can catch it and begin again");
    }

    [Fact]
    public void Waiting_within_an_objective_is_no_work()
    {
        var results = new TrainingResult[2];
        RankThreads.Run(2, exchange => results[exchange.Rank] = Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Late(exchange.Rank == 1), Experiment.Short with { Epochs = 1 }));
        var seconds = results[0].History[0].RankSeconds!;
        seconds[1].Should().BeGreaterThan(Late.Seconds * 4, "there are four steps");
        seconds[0].Should().BeLessThan(seconds[1] / 2);
    }

    [Fact]
    public void A_rank_that_ends_while_another_waits_for_it_is_named()
    {
        var caught = new List<Exception>();
        var run = new Thread(() => caught.Add(FluentActions.Invoking(() => RankThreads.Run(2, exchange =>
        {
            if (exchange.Rank == 0)
                exchange.Barrier();
        })).Should().Throw<Exception>().Which)) { IsBackground = true };
        run.Start();
        run.Join(TimeSpan.FromMinutes(1)).Should().BeTrue("nobody waits for ever");
        caught.Single().Should().BeOfType<RankFailedException>().Which.Message.Should()
            .Be("rank 1 failed: it has ended, and others wait for it");
    }

    [Fact]
    public void Threads_that_are_made_after_ranks_have_as_many_of_torchs_as_before()
    {
        var before = torch.get_num_threads();
        RankThreads.Run(2, _ => torch.set_num_threads(before + 3));
        var after = 0;
        var later = new Thread(() => after = torch.get_num_threads());
        later.Start();
        later.Join();
        (torch.get_num_threads(), after).Should().Be((before, before));
    }

    [Theory]
    [InlineData(16, 16, 32, 4, 8)]
    [InlineData(1, 1, 32, 2, 1)]
    [InlineData(32, 32, 32, 4, 8)]
    [InlineData(2, 64, 64, 2, 1)]
    [InlineData(2, 2, 2, 4, 1)]
    [InlineData(8, null, null, 4, 2)]
    public void Threads_are_a_share_of_the_machine_and_no_more_than_a_rank_is_bound_to(
        int usable, int? bound, int? launchers, int ranks, int threads)
        => MpiLauncher.ThreadsOf(usable, bound, launchers, ranks).Should().Be(threads);

    [Theory]
    [InlineData("0-7", 8)]
    [InlineData("0-3,8,10-11", 7)]
    [InlineData("5", 1)]
    [InlineData("", null)]
    public void Processors_are_counted(string ranges, int? count) => MpiLauncher.Count(ranges).Should().Be(count);

    [Fact]
    public void A_refused_run_leaves_no_thread_behind()
    {
        if (!Directory.Exists("/proc/self/task"))
            return;
        var before = Teams();
        Refusal<ArgumentException>(
            _ => new MlpEncoder(12, 3, [16]), new Elbo(),
            options: (rank, options) => options with { Seed = rank, SplitBatches = true });
        // The system takes a moment to let go of a thread that has ended.
        SpinWait.SpinUntil(() => Teams() == before, TimeSpan.FromSeconds(20)).Should().BeTrue();

        static int Teams() => Directory.GetDirectories("/proc/self/task")
            .Count(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == "ThreadTeam");
    }

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
    public void A_callback_of_rank_0_that_throws_ends_the_others()
    {
        var failures = Failures(2, exchange => Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Elbo(), Experiment.Short, [new Throwing()]));
        failures[0].Should().BeOfType<TrainingCallbackException>();
        failures[1].Should().BeOfType<RankFailedException>().Which.Rank.Should().Be(0);
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
        IReadOnlyList<ITrainingCallback<Vae>>? callbacks = null, int dataSeed = 11, CancellationToken cancellation = default,
        IProgress<TrainingProgress>? progress = null)
    {
        using var data = Experiment.Data(seed: dataSeed);
        using var vae = new Vae(encoder, new MlpDecoder(3, [16], ObservationModel.Bernoulli(12)), new StandardNormalPrior(3));
        return Trainer.Fit(
            vae, objective, data, options: options with { Exchange = exchange }, callbacks: callbacks, progress: progress,
            cancellationToken: cancellation);
    }

    private static Exception[] Failures(int ranks, Action<IExchange> main)
    {
        var failures = new Exception[ranks];
        RankThreads.Run(ranks, exchange => failures[exchange.Rank] = exchange.Invoking(main).Should().Throw<Exception>().Which);
        return failures;
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

    private sealed class Spoiling(int? at, bool gradientAlone) : Objective<Vae>
    {
        private readonly Elbo _bound = new();

        public override bool IsMeanOverItems => true;

        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            var result = _bound.Compute(model, batch);
            if (StepsTaken != at)
                return result;
            var weight = model.Decoder.parameters().First().sum();
            // The root's slope at 0 is infinite, and 0 times that no number.
            var spoiled = gradientAlone ? (weight * 0).sqrt() : weight * double.NaN;
            return new(result.Loss + spoiled, [.. result.Terms]);
        }
    }

    // One rank works longer before all talk.
    private sealed class Late(bool isLate) : Objective<Vae>
    {
        public const double Seconds = 0.05;

        private readonly Elbo _bound = new();

        public override bool IsDivisible => true;

        public override ObjectiveResult Compute(Vae model, Batch batch)
        {
            var result = _bound.Compute(model, batch);
            if (isLate)
                SpinWait.SpinUntil(() => false, TimeSpan.FromSeconds(Seconds * 1.1));
            return new(result.Loss, [new("mean", WholeBatch.Mean(result.Loss.detach()))]);
        }
    }

    private sealed class CountingExchange(IExchange inner) : IExchange
    {
        public int Aborts { get; private set; }

        public int Rank => inner.Rank;

        public int Size => inner.Size;

        public void AllReduce(Span<float> values) => inner.AllReduce(values);

        public void AllReduce(Span<double> values) => inner.AllReduce(values);

        public void Broadcast(Span<byte> values, int root) => inner.Broadcast(values, root);

        public void Barrier() => inner.Barrier();

        public void Abort(string message)
        {
            Aborts++;
            inner.Abort(message);
        }
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

    private sealed class Throwing : ITrainingCallback<Vae>
    {
        public void StepEnded(Vae model, StepResult result) => throw new InvalidDataException("the disk is gone");
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
