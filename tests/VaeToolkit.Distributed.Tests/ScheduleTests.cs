using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>Ranks whose learning rates would go their own ways.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void Schedules_of_other_kinds_are_refused_before_the_first_step()
    {
        var (failures, steps) = Fit(
            rank => optimizer => rank == 0
                ? torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5) : torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5));
        failures.Should().AllBeOfType<ArgumentException>();
        failures.Select(failure => failure.Message).Should().AllBe("the ranks do not train the same: "
            + "Rank 1: LearningRateSchedule is StepLR from 0.01, on rank 0 ExponentialLR from 0.01");
        steps.Should().Be(0);
    }

    [Fact]
    public void Rates_that_come_apart_are_found_before_a_step_is_taken_with_them()
    {
        // Steps that count all of an epoch: 61 items in batches of 20.
        var (failures, steps) = Fit(rank => optimizer => torch.optim.lr_scheduler.StepLR(optimizer, 2, rank == 1 ? 0.25 : 0.5));
        failures.Should().AllBeOfType<InvalidOperationException>();
        failures.Select(failure => failure.Message).Should().AllBe(
            "after epoch 2 rank 1 goes on with the learning rate 0.0025, rank 0 with 0.005: its LearningRateSchedule is another; give all "
            + "ranks the same");
        steps.Should().Be(2 * 4);
    }

    [Fact]
    public void The_same_schedule_is_that_of_one_process()
    {
        var options = Experiment.Short with
        {
            LearningRateSchedule = optimizer => torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5),
        };
        var alone = new Experiment("elbo", options).Run();
        var trainees = Enumerable.Range(0, 2).Select(_ => new Experiment("elbo", options).Make()).ToArray();
        var outcomes = new Outcome[2];
        RankThreads.Run(2, exchange => outcomes[exchange.Rank]
            = new Experiment("elbo", options with { Exchange = exchange }).Run(trainees[exchange.Rank]));
        var (training, validation, weights) = outcomes[1].DifferenceFrom(alone);
        Math.Max(Math.Max(training, validation), weights).Should().BeLessThan(2e-5);
    }

    // What each rank throws, and the steps that rank 0 has taken.
    private static (Exception[] Failures, int Steps) Fit(
        Func<int, Func<torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler>> schedule)
    {
        var steps = 0;
        var failures = ShortRun.Failures(2, exchange => ShortRun.Fit(
            exchange, new MlpEncoder(12, 3, [16]), new Elbo(),
            Experiment.Short with { LearningRateSchedule = schedule(exchange.Rank) }, [new Counting(() => steps++)]));
        return (failures, steps);
    }

    private sealed class Counting(Action count) : ITrainingCallback<Vae>
    {
        public void StepEnded(Vae model, StepResult step) => count();
    }
}
