using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.Tests.Training;

public sealed class TrainingLoopTests : IDisposable
{
    private readonly TinyModel _model = TinyModel.Seeded(dropout: 0);
    private readonly Batch _batch = new(torch.ones([4, 6]));

    public void Dispose()
    {
        _model.Dispose();
        _batch.Dispose();
    }

    [Fact]
    public void A_step_is_gradient_descent_on_the_loss()
    {
        using var scope = torch.NewDisposeScope();
        var weight = _model.state_dict()["linear.weight"];
        var bias = _model.state_dict()["linear.bias"];
        var before = (weight.detach().clone(), bias.detach().clone());
        using var optimizer = torch.optim.SGD(_model.parameters(), learningRate: 0.1);

        TrainingLoop.Step(_model, new TinyObjective(), _batch, optimizer);

        // loss = |W1 + b - 1|² for items of ones; d/db = 2(W1 + b - 1), and every column of d/dW is the same.
        var slope = 2 * (before.Item1.sum(1) + before.Item2 - 1);
        (before.Item2 - (0.1 * slope) - bias.detach()).abs().max().item<float>().Should().BeLessThan(1e-6f);
        (before.Item1 - (0.1 * slope.unsqueeze(1)) - weight.detach()).abs().max().item<float>().Should().BeLessThan(1e-6f);
    }

    [Fact]
    public void The_result_has_the_step_and_the_terms_in_order()
    {
        using var optimizer = new FusedAdam(_model.parameters());
        var objective = new TinyObjective();

        var first = TrainingLoop.Step(_model, objective, _batch, optimizer);
        var second = TrainingLoop.Step(_model, objective, _batch, optimizer, gradientClip: 1e-3);

        (first.Index, second.Index, objective.StepsTaken).Should().Be((0, 1, 2));
        first.Terms.Keys.Should().Equal("error", "noise", "weight");
        first.Terms["weight"].Should().Be(0.01);
        first.Loss.Should().BeApproximately(first.Terms["error"] + (0.01 * first.Terms["noise"]), 1e-5);
        first.GradientNorm.Should().BeNull();
        second.GradientNorm.Should().BeGreaterThan(1e-3);
    }

    [Fact]
    public void Clipping_scales_the_gradients_to_the_norm()
    {
        var before = _model.Values();
        using var optimizer = torch.optim.SGD(_model.parameters(), learningRate: 1);
        TrainingLoop.Step(_model, new TinyObjective(), _batch, optimizer, gradientClip: 0.5);

        // The buffer "passes", the last value, counts the pass and is no parameter.
        var moved = _model.Values()[..^1].Zip(before[..^1], (after, start) => after - start);
        Math.Sqrt(moved.Sum(d => d * d)).Should().BeApproximately(0.5, 1e-4, "with SGD at rate 1 the step is the clipped gradient");
    }

    [Theory]
    [InlineData(true, "error")]
    [InlineData(false, "loss")]
    public void A_loss_that_is_not_finite_names_the_term_and_the_step_and_steps_nothing(bool termIsBad, string name)
    {
        using var optimizer = new FusedAdam(_model.parameters());
        var objective = new TinyObjective { NonFiniteFrom = 2, TermIsBad = termIsBad };
        TrainingLoop.Step(_model, objective, _batch, optimizer);
        TrainingLoop.Step(_model, objective, _batch, optimizer);
        var before = _model.Values()[..^1];

        var act = () => TrainingLoop.Step(_model, objective, _batch, optimizer);

        var thrown = act.Should().Throw<NonFiniteLossException>().Which;
        (thrown.Term, thrown.Step).Should().Be((name, 2L));
        double.IsNaN(thrown.Value).Should().BeTrue();
        thrown.Message.Should().Contain($"'{name}' is NaN").And.Contain("step 2");
        _model.Values()[..^1].Should().Equal(before);
        _model.parameters().All(p => p.grad is null).Should().BeTrue("bad gradients are not left for the next step");
    }

    [Fact]
    public void A_gradient_norm_that_is_not_finite_steps_nothing()
    {
        using var optimizer = new FusedAdam(_model.parameters());
        var before = _model.Values()[..^1];

        var act = () => TrainingLoop.Step(_model, new RootAtZero(), _batch, optimizer, gradientClip: 1);

        act.Should().Throw<NonFiniteLossException>().Which.Term.Should().Be("gradient_norm");
        _model.Values()[..^1].Should().Equal(before);
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        using var optimizer = new FusedAdam(_model.parameters());
        var objective = new TinyObjective();
        FluentActions.Invoking(() => TrainingLoop.Step(_model, objective, _batch, optimizer, 0.0))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("gradientClip");
        FluentActions.Invoking(() => TrainingLoop.Step(_model, objective, null!, optimizer))
            .Should().Throw<ArgumentNullException>().WithParameterName("batch");
        FluentActions.Invoking(() => TrainingLoop.Step<TinyModel>(null!, objective, _batch, optimizer))
            .Should().Throw<ArgumentNullException>().WithParameterName("model");
        FluentActions.Invoking(() => TrainingLoop.Step(_model, null!, _batch, optimizer))
            .Should().Throw<ArgumentNullException>().WithParameterName("objective");
        FluentActions.Invoking(() => TrainingLoop.Step(_model, objective, _batch, null!))
            .Should().Throw<ArgumentNullException>().WithParameterName("optimizer");
    }

    [Fact]
    public void A_loss_without_parameters_or_with_many_numbers_is_refused()
    {
        using var optimizer = new FusedAdam(_model.parameters());
        FluentActions.Invoking(() => TrainingLoop.Step(_model, new Shaped(m => torch.ones([1])), _batch, optimizer))
            .Should().Throw<InvalidOperationException>().WithMessage("*depends on no parameter*");
        FluentActions.Invoking(() => TrainingLoop.Step(_model, new Shaped(m => m.call(torch.ones([1, 6]))), _batch, optimizer))
            .Should().Throw<InvalidOperationException>().WithMessage("*[1, 6]*");
    }

    private sealed class Shaped(Func<TinyModel, torch.Tensor> loss) : Objective<TinyModel>
    {
        public override ObjectiveResult Compute(TinyModel model, Batch batch) => new(loss(model));
    }
}
