using System.Text.Json.Nodes;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Continual;

public sealed class ContinualTrainerTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly string _folder = Directory.CreateTempSubdirectory("vaetoolkit-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _scope.Dispose();
    }

    public static TheoryData<string> Compositions => ["none", "ewc", "mog", "boosted", "boosted_ewc", "coreset", "self_replay"];

    [Theory]
    [MemberData(nameof(Compositions))]
    public void A_killed_run_goes_on_after_the_last_finished_task_as_an_uninterrupted_one(string composition)
    {
        var whole = Run(composition, new());
        whole.Matrix.Select(row => row.Count).Should().Equal(1, 2, 3);
        var folder = Path.Combine(_folder, composition);
        using var kill = new CancellationTokenSource();
        FluentActions.Invoking(() => Run(composition, new() { Folder = folder, Killed = kill }))
            .Should().Throw<OperationCanceledException>();
        File.Exists(Path.Combine(folder, "task-1", "model.safetensors")).Should().BeFalse("it was killed in the second task");
        var rest = Run(composition, new() { Folder = folder, Resume = true });
        rest.Matrix.SelectMany(row => row).Should().Equal(whole.Matrix.SelectMany(row => row));
    }

    [Fact]
    public void A_run_that_was_cancelled_in_its_first_task_can_be_begun_again_with_the_same_objects()
    {
        using var tasks = Stripes.Tasks();
        using var model = Stripes.BoostedModel();
        var strategies = Strategies("boosted_ewc");
        var initial = Stripes.Values(model);
        using var kill = new CancellationTokenSource();
        using var killer = new Killer(kill, epoch: 3);
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [.. strategies, killer], Stripes.Options,
            cancellationToken: kill.Token)).Should().Throw<OperationCanceledException>();
        killer.Components.Should().BeGreaterThan(1, "it was cancelled after components had joined");
        Stripes.Values(model).Should().Equal(initial);
        ((BoostedPrior)model.Prior).TaskCount.Should().Be(0);
        var again = ContinualTrainer.Run(model, tasks, strategies, Stripes.Options);
        again.Matrix.SelectMany(row => row).Should().Equal(Run("boosted_ewc", new() { Tasks = 2 }).Matrix.SelectMany(row => row));
        Array.ForEach(strategies, strategy => strategy.Dispose());
    }

    [Fact]
    public void Further_tasks_leave_no_tensor_behind()
    {
        using var tasks = Stripes.Tasks();
        using var model = Stripes.BoostedModel();
        var strategies = Strategies("boosted_ewc");
        ContinualTrainer.Run(model, tasks, strategies, Stripes.Options);
        var before = Reference.LiveTensors();
        ContinualTrainer.Run(model, tasks, strategies, Stripes.Options);
        (torch.Tensor.TotalCount - 4).Should().Be(before, "four components were added, each by candidates of one parameter");
        Array.ForEach(strategies, strategy => strategy.Dispose());
    }

    [Fact]
    public void Fine_tuning_forgets_the_first_task_and_a_coreset_keeps_it()
    {
        var forgotten = Run("none", new() { Epochs = 30 });
        var kept = Run("coreset", new() { Epochs = 30 });
        forgotten.Forgetting.Should().BeGreaterThan(kept.Forgetting + 0.3);
        kept.Overall(2).Should().BeLessThan(forgotten.Overall(2));
    }

    [Fact]
    public void A_folder_of_other_tasks_strategies_or_settings_is_refused_and_stays_as_it_was()
    {
        Run("none", new() { Folder = _folder });
        var before = File.ReadAllText(Path.Combine(_folder, "continual.json"));
        Refused(() => Run("ewc", new() { Folder = _folder, Resume = true }), "*strategies []*ElasticWeightConsolidation*");
        Refused(() => Run("none", new() { Folder = _folder, Resume = true, Epochs = 5 }), "*with 4 epochs*has 5 epochs*");
        using var pairs = TaskSequence.Of(Stripes.Data(30), Stripes.Data(10), [[0, 1], [2]], 20);
        using var model = Stripes.Model();
        Refused(() => ContinualTrainer.Run(model, pairs, [], Stripes.Options with { Folder = _folder, Resume = true }),
            "*finished tasks [0, 1, 2]*tasks are [0+1, 2]*");
        File.WriteAllText(Path.Combine(_folder, "continual.json"), before[..40]);
        Refused(() => Run("none", new() { Folder = _folder, Resume = true }), "*continual.json*line*");
        File.WriteAllText(Path.Combine(_folder, "continual.json"),
            before.Replace("\"format_version\": 2", "\"format_version\": 3", StringComparison.Ordinal));
        Refused(() => Run("none", new() { Folder = _folder, Resume = true }), "*format version is 3*reads 2*");
        File.WriteAllText(Path.Combine(_folder, "continual.json"),
            """{"format_version":1,"tasks":["0"],"strategies":[],"settings":"","matrix":[[1.0]],"processor_seconds":[1.0]}""");
        Refused(() => Run("none", new() { Folder = _folder, Resume = true }), "*format version is 1*what data and options*");
        Damaged(record => record["matrix"]![0] = null, "*continual.json*matrix/0 is null*");
        Damaged(record => record["tasks"]![1] = null, "*continual.json*tasks/1 is null*");
        Damaged(record => record["data"]![2] = null, "*continual.json*data/2 is null*");
        Damaged(record => record["data"]!.AsArray().RemoveAt(2), "*continual.json*3 finished tasks, tasks and data 3 and 2*");
        foreach (var field in new[] { "matrix", "tasks", "data", "strategies", "prior", "settings", "processor_seconds" })
            Damaged(record => record.Remove(field), $"*continual.json*{field} is missing*");
        Run("none", new() { Folder = _folder }).Matrix.Should().HaveCount(3, "without Resume it starts anew");

        void Damaged(Action<JsonObject> damage, string why)
        {
            var record = JsonNode.Parse(before)!.AsObject();
            damage(record);
            File.WriteAllText(Path.Combine(_folder, "continual.json"), record.ToJsonString());
            Refused(() => Run("none", new() { Folder = _folder, Resume = true }), why);
        }

        static void Refused(Action run, string why) => run.Should().Throw<CheckpointException>().WithMessage(why);
    }

    [Fact]
    public void A_folder_of_other_items_another_prior_or_other_options_of_a_strategy_is_refused()
    {
        Resumed(Stripes.BoostedModel, new Coreset(5), () => Stripes.Tasks(1), resume: false).Should().NotThrow();
        Resumed(Stripes.BoostedModel, new Coreset(5), () => Stripes.Tasks(1)).Should().NotThrow();
        Resumed(Stripes.BoostedModel, new Coreset(6), () => Stripes.Tasks(1))
            .Should().Throw<CheckpointException>().WithMessage("*Coreset of 5 items*Coreset of 6 items*");
        Resumed(() => Stripes.BoostedModel(components: 4), new Coreset(5), () => Stripes.Tasks(1))
            .Should().Throw<CheckpointException>().WithMessage("*at most 3 components*at most 4 components*");
        Resumed(Stripes.BoostedModel, new Coreset(5), () => Stripes.Tasks(1, perClass: 61))
            .Should().Throw<CheckpointException>().WithMessage("*task 0*50 training*51 training*");
        Resumed(Stripes.BoostedModel, new Coreset(5), () => Stripes.Tasks(1, seed: 2))
            .Should().Throw<CheckpointException>().WithMessage("*task 0*hash*hash*");

        Action Resumed(Func<Vae> make, ContinualStrategy strategy, Func<TaskSequence> data, bool resume = true) => () =>
        {
            using var owned = strategy;
            using var boosting = new PriorBoosting(new() { EpochsPerComponent = 0.25 });
            using var model = make();
            using var tasks = data();
            ContinualTrainer.Run(
                model, tasks, [boosting, strategy],
                Stripes.Options with { Folder = _folder, Resume = resume, Epochs = 1, WarmUpEpochs = 1 });
        };
    }

    [Fact]
    public void Strategies_say_all_their_options()
    {
        new PriorBoosting(new() { EpochsPerComponent = 0.5, PruneAfterEpochs = 7, SubsetSize = 9 }).Settings
            .Should().ContainAll("0.5 epochs", "after 7", "of 9 items");
        new GeneratorRegularisation(0.25, EncoderScale.Mean).Settings.Should().ContainAll("0.25", "Mean");
        new ElasticWeightConsolidation(
            new() { Strength = 12.5, Rule = ConsolidationRule.Online, Decay = 0.75, Loss = FisherLoss.Bound, Items = 31, Group = 17 })
            .Settings.Should().ContainAll("12.5", "Online", "0.75", "Bound", "31", "17");
        new SelfReplay(8).Settings.Should().Contain("8 images");
        new MultiHead().Settings.Should().Be("MultiHead");
        new FixedWeight(0.3).ToString().Should().Be("FixedWeight 0.3");
    }

    [Fact]
    public void A_finished_run_can_be_given_more_tasks()
    {
        Run("boosted", new() { Folder = _folder, Tasks = 2 });
        var more = Run("boosted", new() { Folder = _folder, Resume = true });
        more.Matrix.SelectMany(row => row).Should().Equal(Run("boosted", new()).Matrix.SelectMany(row => row));
        more.ProcessorSeconds.Should().HaveCount(3).And.OnlyContain(seconds => seconds > 0);
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        Named(new() { Epochs = 0 }, "*Epochs*");
        Named(new() { BatchSize = 0 }, "*BatchSize*");
        Named(new() { LearningRate = 0 }, "*LearningRate*");
        Named(new() { WarmUpEpochs = 0 }, "*WarmUpEpochs*");
        Named(new() { Epochs = 5, AveragedEpochs = 6 }, "*AveragedEpochs*0 and Epochs, 5*");
        Named(new() { FirstTaskEpochs = 0 }, "*FirstTaskEpochs*");
        Named(new() { FirstTaskEpochs = 5, AveragedEpochs = 6 }, "*AveragedEpochs*FirstTaskEpochs, 5*");
        Named(new() { AveragedEpochs = 3, Patience = 2 }, "*AveragedEpochs*Patience*");
        Named(new() { Resume = true }, "*Resume needs a Folder*");
        Named(new() { Folder = " " }, "*Folder must name*");

        static void Named(ContinualOptions options, string message)
        {
            using var tasks = Stripes.Tasks();
            using var model = Stripes.Model();
            FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [], options))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
        }
    }

    [Fact]
    public void A_byte_order_mark_before_the_record_of_finished_tasks_is_read_over()
    {
        var path = Path.Combine(_folder, "continual.json");
        var record = new ContinualRecord(2, ["0"], ["data"], "prior", ["none"], "settings", [[1.5]], [2]);
        record.Save(path);
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(path)]);
        ContinualRecord.Find(path)!.Matrix.Should().ContainSingle().Which.Should().Equal(1.5);
    }

    private static ContinualResult Run(string composition, Setting setting)
    {
        using var tasks = Stripes.Tasks(setting.Tasks);
        using var model = composition switch
        {
            "mog" => Stripes.Model(_ => new ExpandingMixturePrior(2, 3)),
            "boosted" or "boosted_ewc" => Stripes.BoostedModel(),
            _ => Stripes.Model(),
        };
        var strategies = Strategies(composition);
        try
        {
            var options = Stripes.Options with { Folder = setting.Folder, Resume = setting.Resume, Epochs = setting.Epochs };
            return ContinualTrainer.Run(
                model, tasks, strategies, options, stage => setting.Killed?.Cancel(), progress: null,
                setting.Killed?.Token ?? CancellationToken.None);
        }
        finally
        {
            foreach (var strategy in strategies)
                strategy.Dispose();
        }
    }

    private static ContinualStrategy[] Strategies(string composition) => composition switch
    {
        "ewc" => [new ElasticWeightConsolidation(new() { Items = 20 })],
        "mog" => [new ExpandingMixture(), new GeneratorRegularisation()],
        "boosted" => [new PriorBoosting(), new GeneratorRegularisation()],
        "boosted_ewc" => [new GeneratorRegularisation(), new PriorBoosting(), new ElasticWeightConsolidation(new() { Items = 20 })],
        "coreset" => [new Coreset(30)],
        "self_replay" => [new SelfReplay(30)],
        _ => [],
    };

    private sealed record Setting
    {
        public string? Folder { get; init; }

        public bool Resume { get; init; }

        public int Epochs { get; init; } = 4;

        public int Tasks { get; init; } = 3;

        public CancellationTokenSource? Killed { get; init; }
    }

    private sealed class Killer(CancellationTokenSource source, int epoch) : ContinualStrategy, ITrainingCallback<Vae>
    {
        public int Components { get; private set; }

        public override ITrainingCallback<Vae>? TaskBegins(ContinualStage stage) => this;

        public void EpochEnded(Vae model, EpochSummary summary)
        {
            Components = ((BoostedPrior)model.Prior).ComponentCount;
            if (summary.Epoch == epoch)
                source.Cancel();
        }
    }
}
