using System.Runtime.InteropServices;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>
/// Steps of which nothing is read, as on a GPU. On <c>meta</c>, where tensors have no numbers, any read ends a step: so whole steps are
/// taken there.
/// </summary>
public sealed class UnreadStepTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly TinyRun _run = new();

    public void Dispose()
    {
        _run.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    // Those objectives whose operators libtorch has on meta; StepReadsTests looks at the code of all.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_number_is_read_between_batches(bool constrained)
    {
        using var vae = Model().to(torch.META);
        using var optimizer = Optimizers.Adam(vae.parameters(), weightDecay: 0.1);
        var schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2);
        Objective<Vae> objective = constrained ? new Geco() : new Elbo(new() { WarmUp = BetaWarmUp.OverSteps(3) });
        for (var step = 0; step < 3; step++)
        {
            using var batch = new Batch(torch.ones([8, 20], device: torch.META));
            using var taken = TrainingLoop.TakeUnreadStep(vae, objective, batch, optimizer, gradientClip: 1, dense: null);
            taken.Index.Should().Be(step);
            FluentActions.Invoking(() => taken.Result).Should().Throw<Exception>("there are no numbers to read");
            schedule.step();
        }
        objective.StepsTaken.Should().Be(3);
        optimizer.ParamGroups.Single().LearningRate.Should().BeApproximately(1e-4, 1e-12);
    }

    [Fact]
    public void A_step_that_reads_its_loss_ends_where_there_are_no_numbers()
    {
        using var vae = Model().to(torch.META);
        using var optimizer = Optimizers.Adam(vae.parameters());
        using var batch = new Batch(torch.ones([8, 20], device: torch.META));
        FluentActions.Invoking(() => TrainingLoop.Step(vae, new Elbo(), batch, optimizer)).Should().Throw<ExternalException>();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.05)]
    public void Reading_several_steps_together_changes_no_number(double? clip)
    {
        var (each, weights) = _run.Fit(TinyRun.Options with { GradientClip = clip });
        var (together, same) = _run.Fit(TinyRun.Options with { GradientClip = clip, StepsPerReading = 3 });
        // Torch's own clipping takes the norm in another order of sums.
        var tolerance = clip is null ? 0 : 1e-6;
        same.Should().Equal(weights, (a, b) => Math.Abs(a - b) <= tolerance);
        together.History.Select(epoch => epoch.TrainLoss).Should().Equal(
            each.History.Select(epoch => epoch.TrainLoss), (a, b) => Math.Abs(a - b) <= tolerance);
        together.History.Select(epoch => epoch.ValidationLoss!.Value).Should().Equal(
            each.History.Select(epoch => epoch.ValidationLoss!.Value), (a, b) => Math.Abs(a - b) <= tolerance);
    }

    [Fact]
    public void Steps_are_told_of_in_order_when_they_are_read()
    {
        using var model = TinyModel.Seeded();
        var objective = new TinyObjective();
        var told = new Steps(objective);
        var options = TinyRun.Options with { Epochs = 1, StepsPerReading = 3, GradientClip = 1 };
        Trainer.Fit(model, objective, _run.Train, validation: null, options, [told]);
        // Five batches: three steps have been taken when the first is told of, all five with the last two.
        told.Heard.Should().Equal((0, 3), (1, 3), (2, 3), (3, 5), (4, 5));
        told.Norms.Should().OnlyContain(norm => norm > 0);
    }

    [Theory]
    [InlineData(true, "error")]
    [InlineData(false, "loss")]
    public void A_loss_that_is_not_finite_is_found_before_anything_is_saved(bool termIsBad, string name)
    {
        using var model = TinyModel.Seeded();
        var objective = new TinyObjective { NonFiniteFrom = 7, TermIsBad = termIsBad };
        var told = new Steps(objective);
        var options = _run.In("nan") with { StepsPerReading = 4 };
        var failure = FluentActions.Invoking(() => Trainer.Fit(model, objective, _run.Train, _run.Valid, options, [told]))
            .Should().Throw<NonFiniteLossException>().Which;
        (failure.Term, failure.Step).Should().Be((name, 7));
        failure.Message.Should().Contain("the parameters are those that the steps so far have made");
        told.Heard.Should().HaveCount(7);
        // Two more epochs go on from the first's end.
        var (resumed, values) = _run.Fit(options with { Resume = true, Epochs = 3 });
        resumed.History.Should().HaveCount(3);
        values.Should().OnlyContain(value => double.IsFinite(value));
    }

    [Fact]
    public void An_objective_that_advances_by_its_terms_gets_them()
    {
        using var vae = Model();
        using var other = vae.Copy();
        using var data = new TensorData(torch.rand(60, 20).round());
        var (read, unread) = (new Geco(), new Geco());
        var options = new TrainingOptions { Epochs = 2, BatchSize = 10, SplitBatches = false };
        Trainer.Fit(vae, read, data, validation: null, options);
        Trainer.Fit(other, unread, data, validation: null, options with { StepsPerReading = 4 });
        unread.SaveState().Should().Equal(read.SaveState());
    }

    [Fact]
    public void Multipliers_move_on_a_device_as_in_numbers()
    {
        var options = new GecoOptions { MultiplierRate = 0.3, LargestMultiplier = 2, StepsAtLimit = 3 };
        var (here, there) = (new LagrangeMultiplier(options), new LagrangeMultiplier(options));
        foreach (var constraint in new[] { 0.5, -1.25, 3, 2, 4, 6, -0.5 })
        {
            var tensor = torch.tensor(constraint, torch.float64);
            var (average, value) = there.On(tensor);
            average.ToDouble().Should().BeApproximately(here.AverageWith(constraint), 1e-15);
            value.ToDouble().Should().BeApproximately(here.Value, 1e-15);
            here.Advance(constraint);
            there.Advance(tensor);
        }
        there.Value.Should().BeApproximately(here.Value, 1e-15);
        (there.StepsAtLimit, here.StepsAtLimit).Should().Be((3, 3));
        there.IsSatisfied(1).Should().Be(here.IsSatisfied(1));
    }

    [Fact]
    public void Unread_steps_leave_no_tensor_behind()
    {
        using var model = TinyModel.Seeded();
        using var optimizer = new FusedAdam(model.parameters());
        using var batch = new Batch(torch.ones([4, 6]));
        var objective = new TinyObjective();
        void Take()
        {
            using var steps = new UnreadSteps(2, "training", (_, _, _) => { });
            for (var step = 0; step < 3; step++)
                steps.Add(TrainingLoop.TakeUnreadStep(model, objective, batch, optimizer, gradientClip: 1, dense: null));
        }
        Take();
        var before = Reference.LiveTensors();
        Take();
        Reference.LiveTensors().Should().Be(before);
    }

    // Without a range: on meta libtorch lacks what the gradient of a clamp takes.
    private static Vae Model() => new(
        new MlpEncoder(20, latentSize: 4, hidden: [16], new() { LogVariance = null }),
        new MlpDecoder(4, [16], ObservationModel.Bernoulli(20)), new StandardNormalPrior(4));

    /// <summary>Every step that was told of, and how many had been taken by then.</summary>
    private sealed class Steps(TinyObjective objective) : ITrainingCallback<TinyModel>
    {
        public List<(long Step, long Taken)> Heard { get; } = [];

        public List<double?> Norms { get; } = [];

        public void StepEnded(TinyModel model, StepResult result)
        {
            Heard.Add((result.Index, objective.StepsTaken));
            Norms.Add(result.GradientNorm);
        }
    }
}
