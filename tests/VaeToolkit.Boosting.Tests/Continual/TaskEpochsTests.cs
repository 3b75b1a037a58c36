using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Boosting.Tests.Continual;

/// <summary>How many epochs a task has, and which of their weights are kept.</summary>
public sealed class TaskEpochsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly string _folder = Directory.CreateTempSubdirectory("vaetoolkit-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _scope.Dispose();
    }

    [Fact]
    public void The_weights_of_the_epoch_with_the_best_validation_bound_are_kept()
    {
        using var tasks = Stripes.Tasks(1);
        // Steps so large that the best epoch is not the last; rounding decides in which run.
        for (var seed = 3; seed < 23; seed++)
        {
            using var model = Stripes.BoostedModel();
            using var witness = new Witness();
            ContinualTrainer.Run(
                model, tasks, [new PriorBoosting(), witness], Stripes.Options with { Epochs = 10, LearningRate = 0.3, Seed = seed });
            var best = witness.Epochs.MinBy(epoch => epoch.Loss);
            if (best == witness.Epochs[^1])
                continue;
            Stripes.Values(model).Should().Equal(best.Weights);
            return;
        }
        Assert.Fail("every run was best at its end, so nothing was tested");
    }

    [Fact]
    public void The_mean_of_the_last_epochs_weights_is_kept_where_that_is_asked_for()
    {
        using var tasks = Stripes.Tasks(1);
        using var model = Stripes.BoostedModel();
        using var witness = new Witness();
        ContinualTrainer.Run(model, tasks, [new PriorBoosting(), witness], Stripes.Options with { Epochs = 5, AveragedEpochs = 3 });
        var last = witness.Epochs.TakeLast(3).Select(epoch => epoch.Weights).ToArray();
        // Parameters; pseudo-inputs, which follow them, are buffers and grow.
        var count = model.parameters().Sum(parameter => (int)parameter.NumberOfElements);
        var means = Enumerable.Range(0, count).Select(i => last.Average(weights => weights[i]));
        Stripes.Values(model).Take(count).Zip(means).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        Stripes.Values(model).Skip(count).Should().Equal(last[2].Skip(count));
        last[0].Take(count).Should().NotEqual(last[2].Take(count));
    }

    [Fact]
    public void The_first_task_has_epochs_of_its_own_where_that_is_asked_for()
    {
        using var tasks = Stripes.Tasks();
        using var model = Stripes.BoostedModel();
        using var witness = new Witness();
        ContinualTrainer.Run(
            model, tasks, [new PriorBoosting(), witness], Stripes.Options with { Epochs = 3, FirstTaskEpochs = 5, AveragedEpochs = 2 });
        witness.Epochs.Should().HaveCount(5 + 3);
        witness.Planned.Should().Equal(5, 3);
    }

    [Fact]
    public void A_folder_of_a_run_with_another_length_of_the_first_task_is_refused()
    {
        using var tasks = Stripes.Tasks(1);
        using var model = Stripes.Model();
        var options = Stripes.Options with { Folder = _folder };
        ContinualTrainer.Run(model, tasks, [], options with { FirstTaskEpochs = 2 });
        FluentActions.Invoking(() => ContinualTrainer.Run(model, tasks, [], options with { Resume = true }))
            .Should().Throw<CheckpointException>().WithMessage("*4 epochs (2 of the first task)*");
    }

    [Fact]
    public void Patience_begins_after_the_warm_up()
    {
        const int WarmUp = 6;
        using var tasks = Stripes.Tasks(1);
        // Steps so large that the bound does not get better every time; rounding decides in which run it shows in the warm-up.
        for (var seed = 3; seed < 23; seed++)
        {
            using var model = Stripes.BoostedModel();
            using var witness = new Witness();
            ContinualTrainer.Run(
                model, tasks, [new PriorBoosting(), witness],
                Stripes.Options with { Epochs = 40, WarmUpEpochs = WarmUp, LearningRate = 1, Patience = 1, Seed = seed });
            double[] losses = [.. witness.Epochs.Select(epoch => epoch.Loss)];
            if (FirstWithoutGain(losses) >= WarmUp)
                continue;
            losses.Length.Should().Be(WarmUp + FirstWithoutGain(losses[WarmUp..]),
                "counted from the start patience would have run out in the warm-up").And.BeLessThan(40);
            return;
        }
        Assert.Fail("every run got better in its whole warm-up, so nothing was tested");

        // From 1: the first epoch that is no better than the best before it.
        static int FirstWithoutGain(double[] losses)
            => 1 + Enumerable.Range(1, losses.Length - 1).First(i => losses[i] >= losses[..i].Min());
    }

    private sealed class Witness : ContinualStrategy, ITrainingCallback<Vae>
    {
        public List<(double Loss, double[] Weights)> Epochs { get; } = [];

        public List<int> Planned { get; } = [];

        public override ITrainingCallback<Vae>? TaskBegins(ContinualStage stage)
        {
            Planned.Add(stage.Options.Epochs);
            return this;
        }

        public void EpochEnded(Vae model, EpochSummary summary) => Epochs.Add((summary.ValidationLoss!.Value, Stripes.Values(model)));
    }
}
