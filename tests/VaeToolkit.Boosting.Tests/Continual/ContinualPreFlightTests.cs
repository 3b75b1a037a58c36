using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Continual;

/// <summary>What would spoil a run is found before its first task, and what an earlier one has left is neither lost nor trusted.</summary>
public sealed class ContinualPreFlightTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("continual").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_warm_up_that_is_longer_than_a_task_is_found_with_its_last_beta()
    {
        Refused(Stripes.Options with { Epochs = 5, WarmUpEpochs = 12 }).Should().ContainSingle()
            .Which.Should().StartWith(
                "The warm-up of 'beta' goes over 12 epochs, but training ends after 5 epochs: its last value is 0.416667");
        Refused(Stripes.Options with { Epochs = 12, FirstTaskEpochs = 5, WarmUpEpochs = 12 }).Should().ContainSingle()
            .Which.Should().Contain("after 5 epochs");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_item_outside_the_support_is_found_in_every_task_and_part(int badTask)
    {
        using var train = WithBadItem(Stripes.Data(60), badTask);
        using var test = Stripes.Data(20);
        using var tasks = TaskSequence.OneClassEach(train, test, 2, validationItems: 30);
        using var model = Stripes.Model();
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [], Stripes.Options))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle()
            .Which.Should().Match($"Item 40 of the task {badTask}'s training data is outside*in [0, 1]*255]*");

        using var badTest = WithBadItem(Stripes.Data(60), badTask);
        using var later = TaskSequence.OneClassEach(test, badTest, 2);
        FluentActions.Invoking(() => ContinualTrainer.Run(model, later, [], Stripes.Options))
            .Should().Throw<PreFlightException>().WithMessage($"*Item 40 of the task {badTask}'s test data*");
    }

    [Theory]
    [InlineData("0", 50, 49)]
    [InlineData("1+2", 100, 33)]
    public void A_last_batch_of_one_item_is_found_before_the_first_task_and_leaves_the_model_as_it_was(string task, int items, int batch)
    {
        using var tasks = Uneven();
        using var model = new Vae(
            new NormalisedEncoder(), new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        var before = State(model);
        var options = Stripes.Options with { BatchSize = batch };
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [], options))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle().Which.Should().Be(
                $"An epoch's last batch of task {task} has 1 item ({items} items in batches of {batch}), and the buffer "
                + "'encoder.normalisation.running_var' becomes NaN or infinite with it: one item has no variance; set LastBatch to Drop or "
                + "Merge, or take another BatchSize.");
        State(model).Should().Equal(before);
        ContinualTrainer.Run(model, tasks, [], options with { LastBatch = LastBatch.Drop }).Matrix.Should().HaveCount(2);
        using var plain = Stripes.Model();
        ContinualTrainer.Run(plain, tasks, [], options).Matrix.Should().HaveCount(2, "its layers take items one by one");
    }

    [Fact]
    public void Items_that_strategies_add_are_counted()
    {
        using var tasks = Stripes.Tasks();
        using var model = new Vae(
            new NormalisedEncoder(), new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        using var coreset = new Coreset(10);
        using var replay = new SelfReplay(5);
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [coreset, replay], Stripes.Options with { BatchSize = 16 }))
            .Should().Throw<PreFlightException>().WithMessage("*task 1 has 1 item (65 items in batches of 16)*");
    }

    [Fact]
    public void A_later_task_with_fewer_items_than_a_batch_is_refused_before_the_first_one()
    {
        using var tasks = Uneven([0, 1], [2]);
        using var model = Stripes.Model();
        var before = State(model);
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [], Stripes.Options with { BatchSize = 60 }))
            .Should().Throw<ArgumentException>().WithMessage("The batch size is 60, but task 2 has only 50 training items.*");
        State(model).Should().Equal(before);
        using var coreset = new Coreset(10);
        ContinualTrainer.Run(model, tasks, [coreset], Stripes.Options with { BatchSize = 60 }).Matrix.Should().HaveCount(2);
    }

    [Fact]
    public void A_part_that_is_not_registered_is_found()
    {
        using var tasks = Stripes.Tasks();
        using var model = new Vae(
            new ForgetfulEncoder(), new MlpDecoder(2, [8], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [], Stripes.Options))
            .Should().Throw<PreFlightException>().WithMessage("*'encoder._first'*held but not registered*");
    }

    [Fact]
    public void A_last_batch_of_one_item_can_be_dropped_or_merged()
    {
        foreach (var last in new[] { LastBatch.Drop, LastBatch.Merge })
        {
            var steps = new List<long>();
            Run(Stripes.Options with { BatchSize = 49, LastBatch = last }, new Counting(steps));
            steps.Should().Equal(1, 1);
        }
    }

    [Fact]
    public void The_best_epoch_is_one_after_the_warm_up()
    {
        using var best = new BestModel();
        using var model = Stripes.Model();
        best.EpochEnded(model, Epoch(1, loss: 1, warmsUp: true));
        using (torch.no_grad())
            model.parameters().First().fill_(7);
        best.EpochEnded(model, Epoch(2, loss: 2, warmsUp: false));
        using (torch.no_grad())
            model.parameters().First().fill_(8);
        best.EpochEnded(model, Epoch(3, loss: 3, warmsUp: false));
        best.Restore(model);
        model.parameters().First().Values().Should().AllBeEquivalentTo(7);
    }

    [Fact]
    public void A_run_that_begins_anew_keeps_what_an_earlier_one_has_left()
    {
        var options = Stripes.Options with { Folder = _folder };
        for (var run = 0; run < 3; run++)
            Run(options with { Seed = run }, new Coreset(2));
        foreach (var aside in new[] { "", ".earlier", ".earlier-2" })
        {
            File.Exists(Path.Combine(_folder, "continual.json" + aside)).Should().BeTrue();
            File.Exists(Path.Combine(_folder, "task-1" + aside, "model.safetensors")).Should().BeTrue();
        }
        File.ReadAllText(Path.Combine(_folder, "continual.json.earlier")).Should().Contain("seed 0");
        File.ReadAllText(Path.Combine(_folder, "continual.json.earlier-2")).Should().Contain("seed 1");
    }

    [Theory]
    [InlineData("task-1/model.safetensors", null)]
    [InlineData("task-1/model.safetensors", "x")]
    [InlineData("task-1/strategy-0.safetensors", null)]
    [InlineData("task-1/strategy-0.safetensors", "x")]
    [InlineData("continual.json", "{}")]
    [InlineData("continual.json", "[]")]
    public void Damaged_files_are_a_checkpoint_exception(string file, string? content)
    {
        var options = Stripes.Options with { Folder = _folder };
        Run(options, new Coreset(2));
        var path = Path.Combine(_folder, file);
        File.Delete(path);
        if (content is not null)
            File.WriteAllText(path, content);
        using var model = Stripes.Model();
        var before = State(model);
        FluentActions.Invoking(() => Run(options with { Resume = true }, new Coreset(2), model)).Should().Throw<CheckpointException>();
        State(model).Should().Equal(before);
    }

    [Fact]
    public void Items_in_another_shape_are_refused()
    {
        using var vae = new Vae(
            new MlpEncoder(12, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(3, 2, 2)), new ExpandingMixturePrior(2, 2));
        using var data = new TensorData(torch.rand(40, 2, 2, 3).round(), torch.arange(40) % 2);
        using var tasks = TaskSequence.OneClassEach(data, data, 2);
        var options = new ContinualOptions { Epochs = 1, WarmUpEpochs = 1, BatchSize = 5 };
        FluentActions.Invoking(() => ContinualTrainer.Run(vae, tasks, [new ExpandingMixture(), new GeneratorRegularisation()], options))
            .Should().Throw<Exception>().WithMessage("*must be [N, 3, 2, 2]*");
    }

    [Fact]
    public void Growth_that_the_training_is_too_short_for_is_found_and_the_defaults_pass()
    {
        Growth(components: 10, new(), epochs: 3).Should().Equal(Short(0, 4, 10, 3), Short(1, 4, 10, 3));
        Growth(components: 10, new(), epochs: 8).Should().Equal(Short(0, 9, 10, 8), Short(1, 9, 10, 8));
        Growth(components: 10, new() { EpochsPerComponent = 0.25 }, epochs: 3).Should().BeEmpty();
        Growth(components: 4, new() { PruneAfterEpochs = 5 }, epochs: 4).Should().Equal(
            "Components are pruned after epoch 5 (PruneAfterEpochs), but task 0 ends after 4: prune earlier, or train longer.",
            "Components are pruned after epoch 5 (PruneAfterEpochs), but task 1 ends after 4: prune earlier, or train longer.");
        Growth(components: 4, new() { PruneAfterEpochs = 4 }, epochs: 4).Should().BeEmpty();
        Growth(new BoostedPriorOptions().MaxComponents, new(), new ContinualOptions().Epochs).Should().BeEmpty("these are the defaults");
        Growth(new BoostedPriorOptions().MaxComponents, new(), epochs: 3).Should().Equal(Short(0, 4, 50, 3), Short(1, 4, 50, 3));

        static string Short(int task, int reached, int most, int epochs)
            => $"The prior gets {reached} of {most} components (MaxComponents) in the {epochs} epochs of task {task}, one every 1 epochs, "
                + $"and is not pruned: set MaxComponents to at most {reached}, lower EpochsPerComponent, or train longer.";

        static IReadOnlyList<string> Growth(int components, PriorBoostingOptions options, int epochs)
        {
            using var model = Stripes.BoostedModel(components);
            using var tasks = Stripes.Tasks();
            using var boosting = new PriorBoosting(options);
            // A warm-up that is too long ends the run after it was looked at.
            var run = () => ContinualTrainer.Run(model, tasks, [boosting], Stripes.Options with { Epochs = epochs, WarmUpEpochs = 99 });
            return [.. run.Should().Throw<PreFlightException>().Which.Findings
                .Where(finding => !finding.StartsWith("The warm-up", StringComparison.Ordinal))];
        }
    }

    [Theory]
    [InlineData(4, 3, 4, 2)]
    [InlineData(5, 2, 5, 4)]
    public void A_mean_over_epochs_of_the_warm_up_is_found(int epochs, int warmUp, int averaged, int fit)
    {
        var options = Stripes.Options with { Epochs = epochs, WarmUpEpochs = warmUp };
        Refused(options with { AveragedEpochs = averaged }).Should().ContainSingle().Which.Should().Be(
            $"AveragedEpochs is {averaged}, but of {epochs} epochs the warm-up takes {warmUp}, and the divergence has its whole weight in "
            + $"the last {fit} only: set AveragedEpochs to at most {fit}, shorten the warm-up, or train longer.");
        Refused(options with { Epochs = 9, FirstTaskEpochs = epochs, AveragedEpochs = averaged }).Should().ContainSingle();
        Run(options with { AveragedEpochs = fit }, new Coreset(2));
        Run(options with { WarmUpEpochs = 1, AveragedEpochs = epochs }, new Coreset(2));
    }

    [Fact]
    public void Items_below_the_pseudo_inputs_range_are_found_before_the_first_task()
    {
        using var scope = torch.NewDisposeScope();
        using var bright = Stripes.Data(60);
        var items = bright.InOrder((int)bright.Count).Select(batch => batch.Items.clone()).First();
        var labels = torch.tensor(bright.ReadLabels()!);
        using var data = new TensorData(torch.where(labels.eq(1).unsqueeze(1), items - 3, items), labels);
        using var tasks = TaskSequence.OneClassEach(data, data, 2, validationItems: 30);
        using var encoder = new MlpEncoder(6, 2, [8]);
        var prior = new BoostedPrior(encoder, [6], new() { MaxComponents = 3 });
        using var model = new Vae(encoder, new MlpDecoder(2, [8], ObservationModel.LearnedGaussian(6)), prior);
        using var boosting = new PriorBoosting();
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [boosting], Stripes.Options))
            .Should().Throw<PreFlightException>().Which.Findings.Should().ContainSingle().Which.Should().Match(
                "Task 1's training data has values down to -2.9*clipped at Minimum, 0,*BoostedPriorOptions.Minimum*");
    }

    private static TensorData WithBadItem(TensorData data, int label)
    {
        using var scope = torch.NewDisposeScope();
        using (data)
        {
            var items = data.InOrder((int)data.Count).Select(batch => batch.Items.clone()).First();
            items.narrow(0, 40 * 3 + label, 1).fill_(255);
            return new TensorData(items, torch.tensor(data.ReadLabels()!));
        }
    }

    private static EpochSummary Epoch(int number, double loss, bool warmsUp)
        => new(number, number, loss, loss, new Dictionary<string, double>(), null, 1, 0.1) { IsWarmUp = warmsUp };

    private static IReadOnlyList<string> Refused(ContinualOptions options)
        => FluentActions.Invoking(() => Run(options, new Coreset(2))).Should().Throw<PreFlightException>().Which.Findings;

    private static void Run(ContinualOptions options, ContinualStrategy strategy)
    {
        using var model = Stripes.Model();
        Run(options, strategy, model);
    }

    private static void Run(ContinualOptions options, ContinualStrategy strategy, Vae model)
    {
        using var owned = strategy;
        using var tasks = Stripes.Tasks();
        ContinualTrainer.Run(model, tasks, [strategy], options);
    }

    private static TaskSequence Uneven(params IReadOnlyList<IReadOnlyList<long>> classes)
    {
        using var train = Stripes.Data(60);
        using var test = Stripes.Data(20);
        return TaskSequence.Of(train, test, classes.Count == 0 ? [[0], [1, 2]] : classes, validationItems: 30);
    }

    private static double[] State(Vae model) => [.. model.state_dict().Values.SelectMany(tensor => tensor.to(torch.float64).Values())];

    /// <summary>Says how many steps an epoch has.</summary>
    private sealed class Counting(List<long> steps) : ContinualStrategy
    {
        public override void TaskEnded(ContinualStage stage) => steps.Add(stage.StepsPerEpoch);
    }

    /// <summary>With statistics of a batch.</summary>
    private sealed class NormalisedEncoder : Encoder
    {
        private readonly TorchSharp.Modules.BatchNorm1d _normalisation = torch.nn.BatchNorm1d(6);
        private readonly MlpEncoder _encoder = new(6, 2, [8]);

        internal NormalisedEncoder()
            : base(nameof(NormalisedEncoder))
        {
            register_module("normalisation", _normalisation);
            register_module("encoder", _encoder);
        }

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => _encoder.forward(_normalisation.forward(input));
    }

    /// <summary>A part of it is registered nowhere.</summary>
    private sealed class ForgetfulEncoder : Encoder
    {
        private readonly MlpEncoder _encoder = new(6, 2, [8]);
        private readonly TorchSharp.Modules.Linear _first = torch.nn.Linear(6, 6);

        internal ForgetfulEncoder()
            : base(nameof(ForgetfulEncoder)) => register_module("encoder", _encoder);

        public override long LatentSize => 2;

        public override Posterior forward(torch.Tensor input) => _encoder.forward(_first.forward(input));
    }
}
