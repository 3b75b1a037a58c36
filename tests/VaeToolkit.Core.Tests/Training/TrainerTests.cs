using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly TensorData _train = TinyData.Make(50, seed: 1);
    private readonly TensorData _valid = TinyData.Make(23, seed: 2);

    public void Dispose()
    {
        _train.Dispose();
        _valid.Dispose();
    }

    [Fact]
    public void The_same_seed_gives_the_same_losses_bit_for_bit()
    {
        var first = Fit(Options());
        torch.randn([17]).Dispose();
        var second = Fit(Options());
        var other = Fit(Options() with { Seed = 4 });

        Losses(second.Result).Should().Equal(Losses(first.Result));
        second.Values.Should().Equal(first.Values);
        Losses(other.Result).Should().NotEqual(Losses(first.Result));
    }

    [Fact]
    public void Validating_does_not_change_training()
    {
        var with = Fit(Options());
        var without = Fit(Options(), validation: null);
        without.Values.Should().Equal(with.Values);
        without.Result.History.Should().OnlyContain(e => e.ValidationLoss == null && e.ValidationTerms == null);
    }

    [Fact]
    public void The_callers_random_numbers_are_left_alone()
    {
        using var outer = SeedScope.Begin(12);
        using var expected = torch.randn([3]);
        outer.Dispose();
        using var again = SeedScope.Begin(12);
        Fit(Options());
        using var after = torch.randn([3]);
        after.data<float>().ToArray().Should().Equal(expected.data<float>().ToArray());
    }

    [Fact]
    public void The_history_has_an_entry_an_epoch_with_averages_over_items()
    {
        var (result, _) = Fit(Options() with { Epochs = 3 });

        result.Reason.Should().Be(StopReason.Completed);
        result.History.Select(e => e.Epoch).Should().Equal(1, 2, 3);
        result.History.Select(e => e.Steps).Should().Equal(5, 10, 15);
        result.History.Should().OnlyContain(e => e.LearningRate == 0.01 && e.Seconds > 0);
        result.Best.Should().BeSameAs(result.History.MinBy(e => e.ValidationLoss));
        foreach (var epoch in result.History)
        {
            epoch.Terms.Keys.Should().Equal("error", "noise", "weight");
            epoch.Terms["weight"].Should().BeApproximately(0.01, 1e-12);
            epoch.TrainLoss.Should().BeApproximately(epoch.Terms["error"] + (0.01 * epoch.Terms["noise"]), 1e-5);
        }
        result.ToString().Should().StartWith("Completed after 3 epochs; best epoch 3: train ");
    }

    [Fact]
    public void Validation_weighs_batches_by_their_size_and_runs_without_dropout()
    {
        using var model = TinyModel.Seeded();
        var result = Trainer.Fit(model, new TinyObjective(), _train, _valid, Options() with { Epochs = 1 });

        using var scope = torch.NewDisposeScope();
        model.eval();
        var errors = _valid.InOrder(1).Select(b => (model.call(b.Items) - b.Items).square().sum().item<float>()).ToArray();
        errors.Should().HaveCount(23, "the last of three batches is smaller");
        result.Best.ValidationTerms!["error"].Should().BeApproximately(errors.Average(e => (double)e), 1e-5);
    }

    [Fact]
    public void Training_makes_the_loss_smaller()
    {
        using var model = TinyModel.Seeded(dropout: 0);
        var result = Trainer.Fit(model, new TinyObjective(), _train, _valid, Options() with { Epochs = 60, LearningRate = 0.02 });
        result.Best.ValidationLoss.Should().BeLessThan(0.3 * result.History[0].ValidationLoss!.Value);
    }

    [Fact]
    public void Parts_are_left_in_the_mode_in_which_they_were()
    {
        using var model = TinyModel.Seeded();
        model.eval();
        model.children().First().train();
        Trainer.Fit(model, new TinyObjective(), _train, _valid, Options() with { Epochs = 1 });
        model.training.Should().BeFalse();
        model.children().Select(c => c.training).Should().Equal(true, false);
    }

    [Fact]
    public void Patience_stops_a_run_that_no_longer_improves()
    {
        // A rate of almost nothing: the validation loss, which has the same draws every time, cannot fall by the delta.
        var (result, _) = Fit(Options() with { Epochs = 30, LearningRate = 1e-12, Patience = 3, MinimumDelta = 0.01 });
        result.Reason.Should().Be(StopReason.EarlyStopped);
        result.History.Should().HaveCount(4);
        result.Best.Epoch.Should().Be(1);
    }

    [Fact]
    public void A_schedule_is_stepped_once_an_epoch()
    {
        var (result, _) = Fit(
            Options() with { Epochs = 3, LearningRateSchedule = o => torch.optim.lr_scheduler.ExponentialLR(o, gamma: 0.5) });
        result.History.Select(e => e.LearningRate).Should().Equal(0.01, 0.005, 0.0025);
    }

    [Fact]
    public void The_optimiser_factory_gets_the_parameters_that_require_gradients()
    {
        using var model = TinyModel.Seeded();
        model.parameters().Last().requires_grad = false;
        var seen = 0;
        var options = Options() with
        {
            Epochs = 1,
            Optimizer = parameters =>
            {
                var list = parameters.ToList();
                seen = list.Count;
                return torch.optim.SGD(list, learningRate: 0.1);
            },
        };
        Trainer.Fit(model, new TinyObjective(), _train, _valid, options).History[0].LearningRate.Should().Be(0.1);
        seen.Should().Be(1);
    }

    [Fact]
    public void Cancelling_returns_the_finished_epochs()
    {
        using var source = new CancellationTokenSource();
        var steps = 0;
        var objective = new TinyObjective { Computing = () => { if (++steps == 13) source.Cancel(); } };
        using var model = TinyModel.Seeded();
        var result = Trainer.Fit(model, objective, _train, null, Options() with { PreFlight = false }, cancellationToken: source.Token);
        result.Reason.Should().Be(StopReason.Cancelled);
        result.History.Should().HaveCount(2, "the 13th step is in the third epoch of five steps each");
        objective.StepsTaken.Should().Be(13, "the step that was under way is finished");
    }

    [Fact]
    public void A_run_cancelled_before_its_first_epoch_has_no_best_one()
    {
        using var model = TinyModel.Seeded();
        var result = Trainer.Fit(
            model, new TinyObjective(), _train, _valid, Options(), cancellationToken: new CancellationToken(canceled: true));
        result.History.Should().BeEmpty();
        result.ToString().Should().Be("Cancelled after 0 epochs");
        FluentActions.Invoking(() => result.Best).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Callbacks_are_called_in_order()
    {
        using var folder = new TemporaryFolder();
        var log = new List<string>();
        using var model = TinyModel.Seeded();
        Trainer.Fit(model, new TinyObjective(), _train, _valid,
            Options() with { Epochs = 1, BatchSize = 25, CheckpointDirectory = folder.Folder }, [new Recorder(log), new Silent()]);
        log.Should().Equal("step 0", "step 1", "epoch 1", "saved best", "saved last", "ended Completed");
    }

    [Fact]
    public void A_callback_that_throws_is_named()
    {
        using var model = TinyModel.Seeded();
        var act = () => Trainer.Fit(model, new TinyObjective(), _train, _valid, Options(), [new Faulty()]);
        var thrown = act.Should().Throw<TrainingCallbackException>().WithMessage("*Faulty failed in EpochEnded: on purpose").Which;
        thrown.CallbackType.Should().Be<Faulty>();
        thrown.InnerException.Should().BeOfType<InvalidTimeZoneException>();
    }

    [Fact]
    public void Progress_tells_of_every_epochs_first_step_and_end_and_of_the_runs_end()
    {
        var reports = new Collector();
        using var model = TinyModel.Seeded();
        Trainer.Fit(model, new TinyObjective(), _train, _valid, Options() with { Epochs = 2 }, progress: reports);
        reports.Seen.Where(r => r.Step == 1).Select(r => r.Epoch).Should().Equal(1, 2);
        reports.Seen.Where(r => r.Finished is not null).Select(r => (r.Epoch, r.Step)).Should().Equal((1, 5L), (2, 5L));
        reports.Seen.Should().OnlyContain(r => r.Epochs == 2 && r.StepsPerEpoch == 5 && r.Terms.Count == 3);
        reports.Seen[^1].Stopped.Should().Be(StopReason.Completed);
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        using var model = TinyModel.Seeded();
        Fails<ArgumentException>(
            () => Trainer.Fit(model, new TinyObjective(), _train, _valid, Options() with { BatchSize = 51 }), "*51*50*");
        Fails<ArgumentException>(
            () => Trainer.Fit(model, new TinyObjective(), _train, null, Options() with { Patience = 2 }), "*Patience is 2*validation*");
        Fails<ArgumentException>(
            () => Trainer.Fit(model, new TinyObjective(), new NoData(), _valid, Options()), "*training data are empty*");
        Fails<ArgumentException>(
            () => Trainer.Fit(model, new TinyObjective(), _train, new NoData(), Options()), "*validation data are empty*");
        Fails<ArgumentNullException>(() => Trainer.Fit<TinyModel>(null!, new TinyObjective(), _train), "*model*");
        Fails<ArgumentNullException>(() => Trainer.Fit(model, null!, _train), "*objective*");
        Fails<ArgumentNullException>(() => Trainer.Fit(model, new TinyObjective(), null!), "*train*");
    }

    [Fact]
    public void A_validation_loss_that_is_not_finite_stops_the_run()
    {
        using var model = TinyModel.Seeded();
        var act = () => Trainer.Fit(model, new TinyObjective { NonFiniteFrom = 5 }, _train, _valid, Options());
        act.Should().Throw<NonFiniteLossException>().WithMessage("*in validation at step 5*")
            .Which.Message.Should().Contain("those that the steps so far have made").And.NotContain("left as they were");
    }

    private static TrainingOptions Options() => new() { Epochs = 4, BatchSize = 10, Seed = 3, LearningRate = 0.01 };

    private (TrainingResult Result, double[] Values) Fit(TrainingOptions options) => Fit(options, _valid);

    private (TrainingResult Result, double[] Values) Fit(TrainingOptions options, DataSource? validation)
    {
        using var model = TinyModel.Seeded();
        var result = Trainer.Fit(model, new TinyObjective(), _train, validation, options);
        return (result, model.Values());
    }

    private static IEnumerable<double?> Losses(TrainingResult result)
        => result.History.SelectMany(e => new[] { e.TrainLoss, e.ValidationLoss });

    private static void Fails<TException>(Action act, string message)
        where TException : Exception => act.Should().Throw<TException>().WithMessage(message);

    private sealed class Recorder(List<string> log) : ITrainingCallback<TinyModel>
    {
        public void StepEnded(TinyModel model, StepResult result) => log.Add($"step {result.Index}");

        public void EpochEnded(TinyModel model, EpochSummary summary) => log.Add($"epoch {summary.Epoch}");

        public void CheckpointSaved(string directory, EpochSummary summary) => log.Add($"saved {Path.GetFileName(directory)}");

        public void TrainingEnded(TinyModel model, TrainingResult result) => log.Add($"ended {result.Reason}");
    }

    private sealed class Silent : ITrainingCallback<torch.nn.Module>;

    private sealed class Faulty : ITrainingCallback<TinyModel>
    {
        public void EpochEnded(TinyModel model, EpochSummary summary) => throw new InvalidTimeZoneException("on purpose");
    }

    private sealed class Collector : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Seen { get; } = [];

        public void Report(TrainingProgress value) => Seen.Add(value);
    }

    private sealed class NoData : DataSource
    {
        public override long Count => 0;

        public override IReadOnlyList<long> ItemShape => [6];

        public override IEnumerable<Batch> Batches(int size, long seed, int epoch) => [];

        public override IEnumerable<Batch> InOrder(int size, long seed = 0) => [];

        protected override void Dispose(bool disposing)
        {
        }
    }

    [Fact]
    public void What_libtorch_says_in_a_callback_is_one_line()
    {
        using var model = TinyModel.Seeded();
        var error = FluentActions.Invoking(() => Trainer.Fit(model, new TinyObjective(), _train, _valid, Options(), [new Misshapen()]))
            .Should().Throw<TrainingCallbackException>().WithMessage("*Misshapen failed in EpochEnded: *").Which;
        error.Message.Should().NotContain("\n").And.NotContain("Exception raised from");
    }

    private sealed class Misshapen : ITrainingCallback<TinyModel>
    {
        public void EpochEnded(TinyModel model, EpochSummary summary)
        {
            using var scope = torch.NewDisposeScope();
            torch.ones(2, 3).mm(torch.ones(2, 3));
        }
    }
}
