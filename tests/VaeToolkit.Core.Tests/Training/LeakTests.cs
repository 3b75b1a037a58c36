using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>500 steps leave the number of live tensors as it was.</summary>
public sealed class LeakTests
{
    [Fact]
    public void Five_hundred_steps_leave_no_tensor_behind() => Unchanged(() => Step(500), models: 1);

    [Fact]
    public void Nor_do_they_under_a_users_scope()
    {
        using var scope = torch.NewDisposeScope();
        using var model = TinyModel.Seeded();
        using var optimizer = new FusedAdam(model.parameters());
        using var data = TinyData.Make(20, seed: 1);
        Step(1, model, optimizer, data);
        var before = scope.DisposablesCount;

        Unchanged(() => Step(500, model, optimizer, data));

        scope.DisposablesCount.Should().Be(before);
    }

    [Fact]
    public void Nor_do_they_on_two_threads_at_once() => Unchanged(() =>
    {
        var left = new long[2];
        var threads = Enumerable.Range(0, 2).Select(i => Task.Factory.StartNew(() =>
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Step(500);
            left[i] = DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(threads);
        left.Should().Equal(0, 0);
    }, models: 2);

    [Fact]
    public void A_whole_run_with_validation_and_checkpoints_leaves_none() => Unchanged(() =>
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Seeded();
        using var data = TinyData.Make(20, seed: 1);
        var options = new TrainingOptions { Epochs = 3, BatchSize = 5, CheckpointDirectory = folder.Folder, GradientClip = 1 };
        Trainer.Fit(model, new TinyObjective(), data, data, options);
        Trainer.Fit(model, new TinyObjective(), data, data, options with { Epochs = 5, Resume = true });
    }, models: 1);

    [Fact]
    public void Two_runs_on_two_threads_leave_none() => Unchanged(() =>
    {
        var runs = Enumerable.Range(1, 2).Select(seed => Task.Factory.StartNew(() =>
        {
            using var model = TinyModel.Seeded(seed);
            using var data = TinyData.Make(50, seed);
            var result = Trainer.Fit(
                model, new TinyObjective(), data, data, new TrainingOptions { Epochs = 10, BatchSize = 5, LearningRate = 0.01 });
            return result.History.Count;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(runs);
        runs.Should().OnlyContain(run => run.Result == 10, "both went to the end; what they learned depends on who drew which numbers");
    }, models: 2);

    [Fact]
    public void A_run_that_fails_leaves_none() => Unchanged(() =>
    {
        using var model = TinyModel.Seeded();
        using var data = TinyData.Make(20, seed: 1);
        var act = () => Trainer.Fit(model, new TinyObjective { NonFiniteFrom = 3 }, data, data, new TrainingOptions { BatchSize = 5 });
        act.Should().Throw<NonFiniteLossException>();
    }, models: 1);

    private static void Step(int count)
    {
        using var model = TinyModel.Seeded();
        using var optimizer = new FusedAdam(model.parameters());
        using var data = TinyData.Make(20, seed: 1);
        Step(count, model, optimizer, data);
    }

    private static void Step(int count, TinyModel model, torch.optim.Optimizer optimizer, TensorData data)
    {
        var objective = new TinyObjective();
        for (var epoch = 0; objective.StepsTaken < count; epoch++)
        {
            foreach (var batch in data.Batches(size: 10, seed: 1, epoch))
                TrainingLoop.Step(model, objective, batch, optimizer, gradientClip: 5);
        }
    }

    // Models: how many the action makes.
    private static void Unchanged(Action action, int models = 0)
    {
        var (total, thread) = (Reference.LiveTensors(), DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        action();
        (torch.Tensor.TotalCount - models * TinyModel.ParameterCount).Should().Be(total, "nothing may be left to the finalizer");
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(thread);
    }
}
