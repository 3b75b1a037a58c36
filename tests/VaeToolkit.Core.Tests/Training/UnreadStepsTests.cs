using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

/// <summary>Loops of one's own whose steps are read several at a time, against those that read each.</summary>
public sealed class UnreadStepsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly SeedScope _seed = SeedScope.Begin(3);
    private readonly Batch _batch = new(torch.ones([4, 6]));

    public void Dispose()
    {
        _batch.Dispose();
        _seed.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void A_loop_is_told_of_the_same_steps_in_order(int? stepsPerReading)
    {
        var expected = new List<StepResult>();
        using (var model = TinyModel.Seeded(dropout: 0))
            Loop(model, (objective, optimizer) => expected.Add(TrainingLoop.Step(model, objective, _batch, optimizer, gradientClip: 0.5)));
        using var other = TinyModel.Seeded(dropout: 0);
        var told = new List<StepResult>();
        using var unread = new UnreadSteps(other, told.Add, stepsPerReading);
        Loop(other, (objective, optimizer) => unread.Step(other, objective, _batch, optimizer, gradientClip: 0.5));
        told.Should().HaveCount(7 / (stepsPerReading ?? 1) * (stepsPerReading ?? 1));
        unread.Read();
        told.Select(step => $"{step} {step.Loss:R}").Should().Equal(expected.Select(step => $"{step} {step.Loss:R}"));
        unread.Read();
        told.Should().HaveCount(7, "all have been told of");
    }

    [Fact]
    public void Steps_that_nobody_reads_are_dropped()
    {
        using var model = TinyModel.Seeded();
        var told = new List<StepResult>();
        using (var unread = new UnreadSteps(model, told.Add, stepsPerReading: 20))
        {
            Loop(model, (objective, optimizer) => unread.Step(model, objective, _batch, optimizer));
            unread.ToString().Should().Be("7 steps not read, 20 read together");
        }
        told.Should().BeEmpty();
    }

    [Fact]
    public void A_loss_that_is_not_finite_ends_the_reading_and_is_told_once()
    {
        using var model = TinyModel.Seeded();
        using var optimizer = new FusedAdam(model.parameters());
        var told = new List<long>();
        using var unread = new UnreadSteps(model, step => told.Add(step.Index), stepsPerReading: 20);
        var objective = new TinyObjective { NonFiniteFrom = 2 };
        for (var step = 0; step < 5; step++)
            unread.Step(model, objective, _batch, optimizer);
        unread.Invoking(steps => steps.Read()).Should().Throw<NonFiniteLossException>().Which.Step.Should().Be(2);
        unread.Read();
        told.Should().Equal(0, 1);
    }

    [Fact]
    public void A_step_with_one_item_that_spoils_a_buffer_is_refused_and_undone()
    {
        using var norm = torch.nn.BatchNorm1d(6);
        using var optimizer = torch.optim.SGD(norm.parameters(), learningRate: 0.1);
        using var one = new Batch(torch.rand(1, 6, 1));
        using var two = new Batch(torch.rand(2, 6, 1));
        var told = new List<long>();
        using var unread = new UnreadSteps(norm, step => told.Add(step.Index), stepsPerReading: 20);
        unread.Step(norm, new Squares(), two, optimizer);
        var before = norm.running_var!.Values();
        FluentActions.Invoking(() => unread.Step(norm, new Squares(), one, optimizer)).Should().Throw<NonFiniteLossException>()
            .Which.Term.Should().Be("running_var");
        norm.running_var!.Values().Should().Equal(before);
        told.Should().Equal([0], "it was read before");
    }

    [Fact]
    public void Items_outside_the_support_are_refused_as_in_any_loop_of_ones_own()
    {
        using var vae = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        using var optimizer = new FusedAdam(vae.parameters());
        using var outside = new Batch(torch.full([4, 6], 2.0, torch.float32));
        using var unread = new UnreadSteps(vae, _ => { }, stepsPerReading: 20);
        FluentActions.Invoking(() => unread.Step(vae, new Elbo(), outside, optimizer)).Should().Throw<ArgumentException>()
            .WithMessage("item 0*");
    }

    [Fact]
    public void How_many_are_read_together_goes_by_the_models_device()
    {
        using var model = TinyModel.Seeded();
        using var elsewhere = new TinyModel().to(torch.META);
        new UnreadSteps(model, _ => { }).ToString().Should().EndWith(", 1 read together");
        new UnreadSteps(elsewhere, _ => { }).ToString().Should().EndWith(", 50 read together");
        FluentActions.Invoking(() => new UnreadSteps(model, _ => { }, stepsPerReading: 0))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*at least 1*");
    }

    private static void Loop(TinyModel model, Action<TinyObjective, torch.optim.Optimizer> step)
    {
        using var seed = SeedScope.Begin(7);
        using var optimizer = new FusedAdam(model.parameters());
        var objective = new TinyObjective();
        for (var i = 0; i < 7; i++)
            step(objective, optimizer);
    }

    private sealed class Squares : Objective<torch.nn.Module<torch.Tensor, torch.Tensor>>
    {
        public override ObjectiveResult Compute(torch.nn.Module<torch.Tensor, torch.Tensor> model, Batch batch)
            => new((model.forward(batch.Items) - 1).square().mean());
    }
}
