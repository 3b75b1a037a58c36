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

    [Theory]
    [InlineData(1f / 3)]
    [InlineData(1e25f)]
    public void The_norm_of_millions_of_gradients_is_exact_to_rounding(float value)
    {
        using var scope = torch.NewDisposeScope();
        using var weights = new TorchSharp.Modules.Parameter(torch.zeros(3_000_000));
        weights.grad = torch.full([3_000_000], value);
        GradientNorm.Clip([weights], 1)!.ToDouble().Should().BeApproximately(Math.Sqrt(3e6) * value, 1e-7 * value);
        // Added up by torch itself in float32 the first is 0.2 % off, and the other infinite.
        weights.grad[0].ToDouble().Should().BeApproximately(1 / Math.Sqrt(3e6), 1e-9);
    }

    [Fact]
    public void A_step_with_one_item_that_spoils_a_buffer_is_refused_and_undone()
    {
        using var norm = torch.nn.BatchNorm1d(6);
        using var one = new Batch(torch.rand(1, 6, 1));
        using var two = new Batch(torch.rand(2, 6, 1));
        using var optimizer = torch.optim.SGD(norm.parameters(), learningRate: 0.1);
        var before = Numbers(norm);
        FluentActions.Invoking(() => TrainingLoop.Step(norm, new Squares(), one, optimizer))
            .Should().Throw<NonFiniteLossException>().WithMessage("the buffer 'running_var' *one item*two items or more*")
            .Which.Term.Should().Be("running_var");
        Numbers(norm).Should().Equal(before, "nothing was changed");
        TrainingLoop.Step(norm, new Squares(), two, optimizer).Loss.Should().BeGreaterThan(0);
        using var many = torch.nn.BatchNorm1d(6);
        using var places = new Batch(torch.rand(1, 6, 4));
        using var other = torch.optim.SGD(many.parameters(), learningRate: 0.1);
        TrainingLoop.Step(many, new Squares(), places, other).Loss.Should().BeGreaterThan(0, "one item of four places has a variance");
    }

    [Fact]
    public void An_own_objective_s_step_looks_at_no_values()
    {
        // What a step looks at is its loss: reading what it decodes would make it wait for a GPU. Outside of a step all is looked at.
        using var vae = new Vae(
            new MlpEncoder(6, 2, [5]), new MlpDecoder(2, [5], ObservationModel.Bernoulli(6)), new StandardNormalPrior(2));
        using var optimizer = torch.optim.SGD(vae.parameters(), learningRate: 0.1);
        using var infinite = torch.full([4, 2], double.NaN, torch.float32);
        var objective = new DecodesGiven(infinite);
        FluentActions.Invoking(() => objective.Compute(vae, _batch)).Should().Throw<ArgumentException>().WithMessage("z holds NaN*");
        FluentActions.Invoking(() => TrainingLoop.Step(vae, objective, _batch, optimizer)).Should().Throw<NonFiniteLossException>();
        FluentActions.Invoking(() => objective.Compute(vae, _batch)).Should().Throw<ArgumentException>("a step that failed has ended");
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

    private static double[] Numbers(torch.nn.Module module)
        => [.. module.state_dict().Values.SelectMany(tensor => tensor.to(torch.float64).Values())];

    private sealed class Squares : Objective<torch.nn.Module<torch.Tensor, torch.Tensor>>
    {
        public override ObjectiveResult Compute(torch.nn.Module<torch.Tensor, torch.Tensor> model, Batch batch)
            => new((model.forward(batch.Items) - 1).square().mean());
    }

    private sealed class DecodesGiven(torch.Tensor z) : Objective<Vae>
    {
        public override ObjectiveResult Compute(Vae model, Batch batch)
            => new(-model.Decode(z).LogProb(model.Encode(batch.Items).Mean.repeat(1, 3).sigmoid()).mean());
    }
}
