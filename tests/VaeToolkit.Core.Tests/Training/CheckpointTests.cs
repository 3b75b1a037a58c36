using System.Text.Json;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    public static TheoryData<string, Func<IEnumerable<TorchSharp.Modules.Parameter>, torch.optim.Optimizer>?> Optimisers => new()
    {
        { "fused Adam", null },
        { "Adam", p => torch.optim.Adam(p, 0.01, 0.9, 0.999, 1e-8, 0, false, false) },
        { "SGD with momentum", p => torch.optim.SGD(p, 0.01, momentum: 0.9) },
        { "SGD without momentum", p => torch.optim.SGD(p, 0.01) },
    };

    [Theory]
    [MemberData(nameof(Optimisers))]
    public void A_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
        string name, Func<IEnumerable<TorchSharp.Modules.Parameter>, torch.optim.Optimizer>? optimiser)
    {
        var options = TinyRun.Options with
        {
            Optimizer = optimiser,
            LearningRateSchedule = o => torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
        };
        var whole = _run.Fit(options with { CheckpointDirectory = _run.Folder["whole"] });
        _run.Fit(options with { Epochs = 2, CheckpointDirectory = _run.Folder["parts"] });
        var resumed = _run.Fit(options with { CheckpointDirectory = _run.Folder["parts"], Resume = true });

        resumed.Values.Should().Equal(whole.Values, "of {0}", name);
        Numbers(resumed.Result).Should().Equal(Numbers(whole.Result));
        resumed.Result.Best.Epoch.Should().Be(whole.Result.Best.Epoch);
        Metrics("parts").Select(e => e.TrainLoss).Should().Equal(Metrics("whole").Select(e => e.TrainLoss));
        foreach (var checkpoint in new[] { "last", "best" })
        {
            var (parts, all) = (_run.Folder[$"parts/{checkpoint}/model.safetensors"], _run.Folder[$"whole/{checkpoint}/model.safetensors"]);
            File.ReadAllBytes(parts).Should().Equal(File.ReadAllBytes(all));
        }
    }

    [Fact]
    public void A_run_cancelled_within_an_epoch_resumes_at_its_start()
    {
        var whole = _run.Fit(TinyRun.Options);
        using var source = new CancellationTokenSource();
        var steps = 0;
        var objective = new TinyObjective { Computing = () => { if (++steps == 13) source.Cancel(); } };
        var options = _run.In("run") with { PreFlight = false };
        using (var model = TinyModel.Seeded())
            Trainer.Fit(model, objective, _run.Train, null, options, cancellationToken: source.Token)
                .Reason.Should().Be(StopReason.Cancelled);

        var resumed = _run.Fit(options with { Resume = true }, validation: null);
        resumed.Values.Should().Equal(whole.Values);
        resumed.Result.Reason.Should().Be(StopReason.Completed);
    }

    [Fact]
    public void A_loss_that_is_not_finite_leaves_the_last_good_checkpoint()
    {
        var options = _run.In("run");
        using (var model = TinyModel.Seeded())
        {
            var act = () => Trainer.Fit(model, new TinyObjective { NonFiniteFrom = 12 }, _run.Train, null, options);
            act.Should().Throw<NonFiniteLossException>().Which.Step.Should().Be(12);
        }
        Metrics("run").Should().HaveCount(2);
        _run.Fit(options with { Resume = true }, validation: null).Values.Should().Equal(_run.Fit(TinyRun.Options).Values);
    }

    [Fact]
    public void The_objective_goes_on_counting()
    {
        _run.Fit(_run.In("run") with { Epochs = 2 });
        var objective = new TinyObjective();
        using var model = TinyModel.Seeded();
        Trainer.Fit(model, objective, _run.Train, _run.Valid, _run.In("run") with { Resume = true });
        (objective.StepsTaken, objective.EpochsFinished).Should().Be((20, 4));
    }

    [Fact]
    public void Resuming_where_there_is_nothing_starts_anew_and_a_finished_run_stays_as_it_is()
    {
        var options = _run.In("run") with { Resume = true };
        var first = _run.Fit(options);
        first.Result.History.Should().HaveCount(4);
        var again = _run.Fit(options);
        Numbers(again.Result).Should().Equal(Numbers(first.Result));
        again.Values.Should().Equal(first.Values);
    }

    [Fact]
    public void A_checkpoint_is_found_when_the_run_was_killed_between_two_renames()
    {
        _run.Fit(_run.In("run") with { Epochs = 2 });
        Directory.Move(Path.Combine(_run.Folder["run"], "last"), Path.Combine(_run.Folder["run"], "last.previous"));
        Directory.CreateDirectory(Path.Combine(_run.Folder["run"], "last.new"));

        var resumed = _run.Fit(_run.In("run") with { Resume = true });
        resumed.Values.Should().Equal(_run.Fit(TinyRun.Options).Values);
        Directory.GetDirectories(_run.Folder["run"]).Select(Path.GetFileName).Should().BeEquivalentTo("last", "best");
    }

    [Fact]
    public void A_run_folder_has_the_files_that_people_look_for()
    {
        _run.Fit(_run.In("run") with { Epochs = 2 });
        Directory.GetFileSystemEntries(_run.Folder["run"]).Select(Path.GetFileName)
            .Should().BeEquivalentTo("last", "best", "metrics.jsonl", "options.json", "environment.json");
        Directory.GetFiles(Path.Combine(_run.Folder["run"], "last")).Select(Path.GetFileName)
            .Should().BeEquivalentTo("model.safetensors", "optimizer.safetensors", "state.json");
        var options = JsonSerializer.Deserialize(
            File.ReadAllText(Path.Combine(_run.Folder["run"], "options.json")), TrainingJson.Default.TrainingOptions);
        options.Should().Be(_run.In("run") with { Epochs = 2 });
        File.ReadLines(Path.Combine(_run.Folder["run"], "metrics.jsonl")).First()
            .Should().StartWith("{\"epoch\":1,\"steps\":5,\"train_loss\":");
    }

    [Fact]
    public void A_vaes_checkpoint_loads_as_its_weights()
    {
        using var trained = TinyVae();
        Trainer.Fit(trained, new Elbo(), _run.Train, _run.Valid, _run.In("run") with { Epochs = 1 });
        using var other = TinyVae();
        other.LoadWeights(Path.Combine(_run.Folder["run"], "best", "model.safetensors"));

        foreach (var (own, saved) in other.state_dict().Values.Zip(trained.state_dict().Values))
            own.Values().Should().Equal(saved.Values());
    }

    [Fact]
    public void A_vaes_checkpoints_open_as_models_that_say_what_they_were_trained_with()
    {
        using var trained = TinyVae();
        Trainer.Fit(trained, new Elbo(new() { Beta = BetaWeight.OnKl(0.5) }), _run.Train, _run.Valid, _run.In("run") with { Epochs = 2 });
        using var last = Vae.Load(_run.Folder["run/last"]);
        using var best = Vae.Load(_run.Folder["run/best"]);
        Likelihood(last).Should().Be(Likelihood(trained));
        using var again = TinyVae();
        again.LoadWeights(_run.Folder["run/best/model.safetensors"]);
        Likelihood(best).Should().Be(Likelihood(again));

        var record = TrainingRecord.Of(best)!;
        var values = _run.Train.InOrder((int)_run.Train.Count).SelectMany(batch => batch.Items.Values()).ToList();
        record.Should().BeEquivalentTo(TrainingRecord.Of(trained));
        (record.Objective, record.Items, record.Least, record.Most).Should().Be(("Elbo", _run.Train.Count, values.Min(), values.Max()));
        record.ItemShape.Should().Equal(_run.Train.ItemShape);
        record.Settings["Beta"].Should().Contain("0.5");

        double Likelihood(Vae vae) => Evaluate.NegativeLogLikelihood(vae, _run.Valid, new() { Samples = 5, Seed = 3 }).Mean;
    }

    [Fact]
    public void An_optimiser_whose_state_cannot_be_saved_is_refused()
    {
        var options = _run.In("run") with { Optimizer = p => new Idle(p) };
        FluentActions.Invoking(() => _run.Fit(options)).Should().Throw<NotSupportedException>().WithMessage("*Idle*");
        FluentActions.Invoking(() => _run.Fit(options with { CheckpointDirectory = null })).Should().NotThrow();
    }

    [Fact]
    public void The_best_epoch_is_kept_only_when_wanted()
    {
        _run.Fit(_run.In("run") with { Epochs = 1, KeepBest = false });
        Directory.Exists(Path.Combine(_run.Folder["run"], "best")).Should().BeFalse();
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        _run.Fit(_run.In("run") with { Epochs = 1 });
        var resume = _run.In("run") with { Resume = true };
        _run.Refused(resume with { Seed = 9 }).WithMessage("*state.json*seed 3*9*");
        _run.Refused(resume with { BatchSize = 11 }).WithMessage("*state.json*batch size 10*11*");
        _run.Refused(resume with { Optimizer = p => torch.optim.SGD(p, 0.1) }).WithMessage("*Optimizer was FusedAdam*SGD*optimizer.bin*");
    }

    [Fact]
    public void A_checkpoint_of_another_objective_or_model_is_refused_and_nothing_is_changed()
    {
        using var vae = TinyVae();
        var options = _run.In("run") with { Epochs = 1 };
        Trainer.Fit(vae, new Elbo(), _run.Train, _run.Valid, options);
        var before = vae.state_dict().Values.SelectMany(tensor => tensor.Values()).ToArray();
        var resume = options with { Epochs = 2, Resume = true };
        FluentActions.Invoking(() => Trainer.Fit(vae, new Geco(), _run.Train, _run.Valid, resume))
            .Should().Throw<CheckpointException>().WithMessage("*state.json*objective Elbo*Geco*");
        vae.state_dict().Values.SelectMany(tensor => tensor.Values()).Should().Equal(before);
        using var wider = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        FluentActions.Invoking(() => Trainer.Fit(wider, new Elbo(), _run.Train, _run.Valid, resume))
            .Should().Throw<CheckpointException>().WithInnerException<WeightsMismatchException>();
    }

    [Fact]
    public void A_run_that_begins_anew_puts_older_checkpoints_aside()
    {
        _run.Fit(_run.In("run") with { Epochs = 2 });
        using var source = new CancellationTokenSource();
        var objective = new TinyObjective { Computing = source.Cancel };
        using (var model = TinyModel.Seeded())
            Trainer.Fit(model, objective, _run.Train, _run.Valid, _run.In("run") with { PreFlight = false },
                cancellationToken: source.Token);
        Directory.GetDirectories(_run.Folder["run"]).Select(Path.GetFileName).Should().BeEquivalentTo("last.earlier", "best.earlier");

        _run.Fit(_run.In("run") with { Resume = true }).Result.History.Should().HaveCount(4);
        File.Exists(_run.Folder["run/last.earlier/model.safetensors"]).Should().BeTrue("nothing that was saved is lost");
    }

    [Fact]
    public void Parameters_that_a_gradient_spoiled_are_found_before_they_are_saved()
    {
        using var model = TinyModel.Seeded();
        var options = _run.In("run") with { BatchSize = 50, PreFlight = false };
        FluentActions.Invoking(() => Trainer.Fit(model, new RootAtZero(), _run.Train, null, options))
            .Should().Throw<NonFiniteLossException>()
            .WithMessage("*'linear.weight'*step 1*GradientClip*").Which.Term.Should().Be("linear.weight");
        Directory.GetDirectories(_run.Folder["run"]).Should().BeEmpty();
    }

    [Fact]
    public void What_a_killed_run_had_no_time_to_delete_is_not_resumed_by_the_next_one()
    {
        var options = _run.In("run");
        _run.Fit(options with { Epochs = 3 });
        // As if it had been killed right after the new checkpoint took its place.
        Directory.CreateDirectory(Path.Combine(_run.Folder["run"], "last.previous"));
        foreach (var file in Directory.GetFiles(Path.Combine(_run.Folder["run"], "last")))
            File.Copy(file, Path.Combine(_run.Folder["run"], "last.previous", Path.GetFileName(file)));
        using var source = new CancellationTokenSource();
        source.Cancel();
        using (var model = TinyModel.Seeded())
            Trainer.Fit(model, new TinyObjective(), _run.Train, null, options, cancellationToken: source.Token).History.Should().BeEmpty();
        _run.Fit(options with { Epochs = 1, Resume = true }).Result.History.Should().ContainSingle("there is nothing to go on from");
        File.Exists(Path.Combine(_run.Folder["run"], "last.previous.earlier", "state.json")).Should().BeTrue("nothing is lost");
    }

    [Fact]
    public void Nothing_of_earlier_runs_is_lost()
    {
        var written = new List<string>();
        for (var run = 1; run <= 3; run++)
        {
            _run.Fit(_run.In("run") with { Epochs = run });
            // As a callback writes it.
            File.WriteAllText(Path.Combine(_run.Folder["run"], "report.html"), $"page {run}");
            written.Add(File.ReadAllText(Path.Combine(_run.Folder["run"], "metrics.jsonl")));
        }
        var aside = new[] { ".earlier", ".earlier-2", "" };
        for (var run = 0; run < 3; run++)
        {
            File.ReadAllText(Path.Combine(_run.Folder["run"], "metrics.jsonl" + aside[run])).Should().Be(written[run]);
            File.ReadAllText(Path.Combine(_run.Folder["run"], "options.json" + aside[run])).Should().Contain($"\"epochs\": {run + 1}");
            File.ReadAllText(Path.Combine(_run.Folder["run"], "report.html" + aside[run])).Should().Be($"page {run + 1}");
            foreach (var name in new[] { "last", "best" })
                File.Exists(Path.Combine(_run.Folder["run"], name + aside[run], "model.safetensors")).Should().BeTrue();
        }
        Directory.GetFileSystemEntries(_run.Folder["run"]).Should().HaveCount(6 * 3);
    }

    private static Vae TinyVae() =>
        new(new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));

    private EpochSummary[] Metrics(string run) => [.. File.ReadLines(Path.Combine(_run.Folder[run], "metrics.jsonl"))
        .Select(line => JsonSerializer.Deserialize(line, TrainingJson.Default.EpochSummary)!)];

    private static IEnumerable<(long, double, double?, double, double)> Numbers(TrainingResult result) =>
        result.History.Select(e => (e.Steps, e.TrainLoss, e.ValidationLoss, e.Terms["noise"], e.LearningRate));

    /// <summary>Does nothing and keeps nothing.</summary>
    private sealed class Idle(IEnumerable<TorchSharp.Modules.Parameter> parameters)
        : torch.optim.Optimizer(IntPtr.Zero), torch.optim.ILearningRateController
    {
        private readonly TorchSharp.Modules.Parameter[] _list = [.. parameters];

        public double LearningRate { get; set; } = 1;

        public double InitialLearningRate { get; set; } = 1;

        public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => [this];

        public override IEnumerable<TorchSharp.Modules.Parameter> parameters() => _list;

        public override void zero_grad()
        {
        }

        public override torch.Tensor step(Func<torch.Tensor>? closure = null) => null!;
    }
}
