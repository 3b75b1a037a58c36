using System.Text.Json;
using TorchSharp;
using VaeToolkit.Data;
using VaeToolkit.Decoders;
using VaeToolkit.Encoders;
using VaeToolkit.Models;
using VaeToolkit.Objectives;
using VaeToolkit.Priors;
using VaeToolkit.Storage;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TensorData _train = TinyData.Make(50, seed: 1);
    private readonly TensorData _valid = TinyData.Make(20, seed: 2);

    public void Dispose()
    {
        _train.Dispose();
        _valid.Dispose();
        _folder.Dispose();
    }

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
        var options = Options() with { Optimizer = optimiser, LearningRateSchedule = o => torch.optim.lr_scheduler.ExponentialLR(o, 0.9) };
        var whole = Fit(options with { CheckpointDirectory = _folder["whole"] });
        Fit(options with { Epochs = 2, CheckpointDirectory = _folder["parts"] });
        var resumed = Fit(options with { CheckpointDirectory = _folder["parts"], Resume = true });

        resumed.Values.Should().Equal(whole.Values, "of {0}", name);
        Numbers(resumed.Result).Should().Equal(Numbers(whole.Result));
        resumed.Result.Best.Epoch.Should().Be(whole.Result.Best.Epoch);
        Metrics("parts").Select(e => e.TrainLoss).Should().Equal(Metrics("whole").Select(e => e.TrainLoss));
        foreach (var checkpoint in new[] { "last", "best" })
        {
            var file = $"{checkpoint}/model.safetensors";
            File.ReadAllBytes(Path.Combine(_folder["parts"], file)).Should().Equal(File.ReadAllBytes(Path.Combine(_folder["whole"], file)));
        }
    }

    [Fact]
    public void A_run_cancelled_within_an_epoch_resumes_at_its_start()
    {
        var whole = Fit(Options());
        using var source = new CancellationTokenSource();
        var steps = 0;
        var objective = new TinyObjective { Computing = () => { if (++steps == 13) source.Cancel(); } };
        var options = Options() with { CheckpointDirectory = _folder["run"], PreFlight = false };
        using (var model = TinyModel.Seeded())
            Trainer.Fit(model, objective, _train, null, options, cancellationToken: source.Token).Reason.Should().Be(StopReason.Cancelled);

        var resumed = Fit(options with { Resume = true }, validation: null);
        resumed.Values.Should().Equal(whole.Values);
        resumed.Result.Reason.Should().Be(StopReason.Completed);
    }

    [Fact]
    public void A_loss_that_is_not_finite_leaves_the_last_good_checkpoint()
    {
        var options = Options() with { CheckpointDirectory = _folder["run"] };
        using (var model = TinyModel.Seeded())
        {
            var act = () => Trainer.Fit(model, new TinyObjective { NonFiniteFrom = 12 }, _train, null, options);
            act.Should().Throw<NonFiniteLossException>().Which.Step.Should().Be(12);
        }
        Metrics("run").Should().HaveCount(2);
        Fit(options with { Resume = true }, validation: null).Values.Should().Equal(Fit(Options()).Values);
    }

    [Fact]
    public void The_objective_goes_on_counting()
    {
        Fit(Options() with { Epochs = 2, CheckpointDirectory = _folder["run"] });
        var objective = new TinyObjective();
        using var model = TinyModel.Seeded();
        Trainer.Fit(model, objective, _train, _valid, Options() with { CheckpointDirectory = _folder["run"], Resume = true });
        (objective.StepsTaken, objective.EpochsFinished).Should().Be((20, 4));
    }

    [Fact]
    public void Resuming_where_there_is_nothing_starts_anew_and_a_finished_run_stays_as_it_is()
    {
        var options = Options() with { CheckpointDirectory = _folder["run"], Resume = true };
        var first = Fit(options);
        first.Result.History.Should().HaveCount(4);
        var again = Fit(options);
        Numbers(again.Result).Should().Equal(Numbers(first.Result));
        again.Values.Should().Equal(first.Values);
    }

    [Fact]
    public void A_checkpoint_is_found_when_the_run_was_killed_between_two_renames()
    {
        Fit(Options() with { Epochs = 2, CheckpointDirectory = _folder["run"] });
        Directory.Move(Path.Combine(_folder["run"], "last"), Path.Combine(_folder["run"], "last.previous"));
        Directory.CreateDirectory(Path.Combine(_folder["run"], "last.new"));

        var resumed = Fit(Options() with { CheckpointDirectory = _folder["run"], Resume = true });
        resumed.Values.Should().Equal(Fit(Options()).Values);
        Directory.GetDirectories(_folder["run"]).Select(Path.GetFileName).Should().BeEquivalentTo("last", "best");
    }

    [Fact]
    public void A_run_folder_has_the_files_that_people_look_for()
    {
        Fit(Options() with { Epochs = 2, CheckpointDirectory = _folder["run"] });
        Directory.GetFileSystemEntries(_folder["run"]).Select(Path.GetFileName)
            .Should().BeEquivalentTo("last", "best", "metrics.jsonl", "options.json");
        Directory.GetFiles(Path.Combine(_folder["run"], "last")).Select(Path.GetFileName)
            .Should().BeEquivalentTo("model.safetensors", "optimizer.safetensors", "state.json");
        var options = JsonSerializer.Deserialize(
            File.ReadAllText(Path.Combine(_folder["run"], "options.json")), TrainingJson.Default.TrainingOptions);
        options.Should().Be(Options() with { Epochs = 2, CheckpointDirectory = _folder["run"] });
        File.ReadLines(Path.Combine(_folder["run"], "metrics.jsonl")).First()
            .Should().StartWith("{\"epoch\":1,\"steps\":5,\"train_loss\":");
    }

    [Fact]
    public void A_vaes_checkpoint_loads_as_its_weights()
    {
        using var trained = TinyVae();
        Trainer.Fit(trained, new Elbo(), _train, _valid, Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        using var other = TinyVae();
        other.LoadWeights(Path.Combine(_folder["run"], "best", "model.safetensors"));

        foreach (var (own, saved) in other.state_dict().Values.Zip(trained.state_dict().Values))
            own.Values().Should().Equal(saved.Values());
    }

    [Fact]
    public void An_optimiser_whose_state_cannot_be_saved_is_refused()
    {
        var options = Options() with { CheckpointDirectory = _folder["run"], Optimizer = p => new Idle(p) };
        FluentActions.Invoking(() => Fit(options)).Should().Throw<NotSupportedException>().WithMessage("*Idle*");
        FluentActions.Invoking(() => Fit(options with { CheckpointDirectory = null })).Should().NotThrow();
    }

    [Fact]
    public void The_best_epoch_is_kept_only_when_wanted()
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"], KeepBest = false });
        Directory.Exists(Path.Combine(_folder["run"], "best")).Should().BeFalse();
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        Fit(Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] });
        var resume = Options() with { CheckpointDirectory = _folder["run"], Resume = true };
        Refused(resume with { Seed = 9 }).WithMessage("*state.json*seed 3*9*");
        Refused(resume with { BatchSize = 11 }).WithMessage("*state.json*batch size 10*11*");
        Refused(resume with { Optimizer = p => torch.optim.SGD(p, 0.1) }).WithMessage("*Optimizer was FusedAdam*SGD*optimizer.bin*");
    }

    [Fact]
    public void A_checkpoint_of_another_objective_or_model_is_refused_and_nothing_is_changed()
    {
        using var vae = TinyVae();
        var options = Options() with { Epochs = 1, CheckpointDirectory = _folder["run"] };
        Trainer.Fit(vae, new Elbo(), _train, _valid, options);
        var before = vae.state_dict().Values.SelectMany(tensor => tensor.Values()).ToArray();
        var resume = options with { Epochs = 2, Resume = true };
        FluentActions.Invoking(() => Trainer.Fit(vae, new Geco(), _train, _valid, resume))
            .Should().Throw<CheckpointException>().WithMessage("*state.json*objective Elbo*Geco*");
        vae.state_dict().Values.SelectMany(tensor => tensor.Values()).Should().Equal(before);
        using var wider = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], PixelLikelihood.Bernoulli(6)), new StandardNormalPrior(2));
        FluentActions.Invoking(() => Trainer.Fit(wider, new Elbo(), _train, _valid, resume))
            .Should().Throw<CheckpointException>().WithInnerException<WeightsMismatchException>();
    }

    [Fact]
    public void A_run_that_begins_anew_puts_older_checkpoints_aside()
    {
        Fit(Options() with { Epochs = 2, CheckpointDirectory = _folder["run"] });
        using var source = new CancellationTokenSource();
        var objective = new TinyObjective { Computing = source.Cancel };
        using (var model = TinyModel.Seeded())
            Trainer.Fit(model, objective, _train, _valid, Options() with { CheckpointDirectory = _folder["run"], PreFlight = false },
                cancellationToken: source.Token);
        Directory.GetDirectories(_folder["run"]).Select(Path.GetFileName).Should().BeEquivalentTo("last.earlier", "best.earlier");

        Fit(Options() with { CheckpointDirectory = _folder["run"], Resume = true }).Result.History.Should().HaveCount(4);
        File.Exists(Path.Combine(_folder["run"], "last.earlier", "model.safetensors")).Should().BeTrue("nothing that was saved is lost");
    }

    [Fact]
    public void Parameters_that_a_gradient_spoiled_are_found_before_they_are_saved()
    {
        using var model = TinyModel.Seeded();
        var options = Options() with { BatchSize = 50, PreFlight = false, CheckpointDirectory = _folder["run"] };
        FluentActions.Invoking(() => Trainer.Fit(model, new RootAtZero(), _train, null, options)).Should().Throw<NonFiniteLossException>()
            .WithMessage("*'linear.weight'*step 1*GradientClip*").Which.Term.Should().Be("linear.weight");
        Directory.GetDirectories(_folder["run"]).Should().BeEmpty();
    }

    [Fact]
    public void What_a_killed_run_had_no_time_to_delete_is_not_resumed_by_the_next_one()
    {
        var options = Options() with { CheckpointDirectory = _folder["run"] };
        Fit(options with { Epochs = 3 });
        // As if it had been killed right after the new checkpoint took its place.
        Directory.CreateDirectory(Path.Combine(_folder["run"], "last.previous"));
        foreach (var file in Directory.GetFiles(Path.Combine(_folder["run"], "last")))
            File.Copy(file, Path.Combine(_folder["run"], "last.previous", Path.GetFileName(file)));
        using var source = new CancellationTokenSource();
        source.Cancel();
        using (var model = TinyModel.Seeded())
            Trainer.Fit(model, new TinyObjective(), _train, _valid, options, cancellationToken: source.Token).History.Should().BeEmpty();
        Fit(options with { Epochs = 1, Resume = true }).Result.History.Should().ContainSingle("there is nothing to go on from");
        File.Exists(Path.Combine(_folder["run"], "last.previous.earlier", "state.json")).Should().BeTrue("nothing is lost");
    }

    [Fact]
    public void Nothing_of_earlier_runs_is_lost()
    {
        var written = new List<string>();
        for (var run = 1; run <= 3; run++)
        {
            Fit(Options() with { Epochs = run, CheckpointDirectory = _folder["run"] });
            written.Add(File.ReadAllText(Path.Combine(_folder["run"], "metrics.jsonl")));
        }
        var aside = new[] { ".earlier", ".earlier-2", "" };
        for (var run = 0; run < 3; run++)
        {
            File.ReadAllText(Path.Combine(_folder["run"], "metrics.jsonl" + aside[run])).Should().Be(written[run]);
            File.ReadAllText(Path.Combine(_folder["run"], "options.json" + aside[run])).Should().Contain($"\"epochs\": {run + 1}");
            foreach (var name in new[] { "last", "best" })
                File.Exists(Path.Combine(_folder["run"], name + aside[run], "model.safetensors")).Should().BeTrue();
        }
        Directory.GetFileSystemEntries(_folder["run"]).Should().HaveCount(4 * 3);
    }

    private static Vae TinyVae() =>
        new(new MlpEncoder(6, 2, [4]), new MlpDecoder(2, [4], PixelLikelihood.Bernoulli(6)), new StandardNormalPrior(2));

    private static TrainingOptions Options() => new() { Epochs = 4, BatchSize = 10, Seed = 3, LearningRate = 0.01 };

    private (TrainingResult Result, double[] Values) Fit(TrainingOptions options) => Fit(options, _valid);

    private (TrainingResult Result, double[] Values) Fit(TrainingOptions options, DataSource? validation)
    {
        // A resumed model starts from other weights, so that only the checkpoint can make it equal.
        using var model = TinyModel.Seeded(options.Resume ? 77 : 1);
        var result = Trainer.Fit(model, new TinyObjective(), _train, validation, options);
        return (result, model.Values());
    }

    private FluentAssertions.Specialized.ExceptionAssertions<CheckpointException> Refused(TrainingOptions options) =>
        FluentActions.Invoking(() => Fit(options)).Should().Throw<CheckpointException>();

    private EpochSummary[] Metrics(string run) => [.. File.ReadLines(Path.Combine(_folder[run], "metrics.jsonl"))
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
