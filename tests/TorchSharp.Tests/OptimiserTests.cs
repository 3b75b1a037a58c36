using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>Optimisers against 20 steps of PyTorch's.</summary>
public sealed class OptimiserTests
{
    private const double Tolerance = 1e-12;
    private static readonly Fixture s_numbers = new("optimisers");

    private static readonly Dictionary<string, Func<Parameter[], optim.Optimizer>> s_makers = new()
    {
        ["adam"] = p => optim.Adam(p, 0.05),
        ["adam_betas"] = p => optim.Adam(p, 0.05, 0.8, 0.95, 1e-4),
        ["adam_decay"] = p => optim.Adam(p, 0.05, weight_decay: 0.1),
        ["adam_amsgrad"] = p => optim.Adam(p, 0.05, amsgrad: true),
        ["adamw"] = p => optim.AdamW(p, 0.05, weight_decay: 0.01),
        ["adamw_no_decay"] = p => optim.AdamW(p, 0.05),
        ["adamw_amsgrad"] = p => optim.AdamW(p, 0.05, weight_decay: 0.1, amsgrad: true),
        ["sgd"] = p => optim.SGD(p, 0.01),
        ["sgd_momentum"] = p => optim.SGD(p, 0.01, 0.9),
        ["sgd_dampening"] = p => optim.SGD(p, 0.01, 0.9, 0.5),
        ["sgd_nesterov"] = p => optim.SGD(p, 0.01, 0.9, nesterov: true, weight_decay: 0.01),
    };

    public static TheoryData<string> Cases => new(s_makers.Keys);

    /// <summary>Without momentum SGD cannot take over a state that is not a file's: <see cref="UpstreamFaultTests"/>.</summary>
    public static TheoryData<string> CasesThatTakeStates => new(s_makers.Keys.Where(name => name != "sgd"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Twenty_steps_are_those_of_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        var (w, b) = Start();
        using var optimizer = s_makers[name]([w, b]);
        for (var i = 0; i < 20; i++)
        {
            var loss = Step(optimizer, w, b);
            loss.Should().BeApproximately(s_numbers[$"{name}.loss"][i].ToDouble(), Tolerance * 1e3, $"of the loss at step {i}");
            w.ShouldBe(s_numbers[$"{name}.w"][i], Tolerance, $"of step {i}");
            b.ShouldBe(s_numbers[$"{name}.b"][i], Tolerance, $"of step {i}");
        }
    }

    [Theory]
    [MemberData(nameof(CasesThatTakeStates))]
    public void An_optimiser_that_takes_over_anothers_state_goes_on_as_that_one_would(string name)
    {
        using var scope = NewDisposeScope();
        var (w, b) = Start();
        using var first = (OptimizerHelper)s_makers[name]([w, b]);
        Repeat(10, () => Step(first, w, b));
        var (w2, b2) = (new Parameter(w.detach().clone()), new Parameter(b.detach().clone()));
        using var second = (OptimizerHelper)s_makers[name]([w2, b2]);
        second.load_state_dict(first.state_dict());
        Repeat(10, () => Step(second, w2, b2));
        w2.ShouldBe(s_numbers[$"{name}.w"][19], Tolerance);
        b2.ShouldBe(s_numbers[$"{name}.b"][19], Tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_saved_state_goes_on_as_if_nothing_had_happened(string name)
    {
        using var scope = NewDisposeScope();
        var (w, b) = Start();
        using var file = new MemoryStream();
        using (var first = (OptimizerHelper)s_makers[name]([w, b]))
        {
            Repeat(10, () => Step(first, w, b));
            first.save_state_dict(new BinaryWriter(file));
        }
        file.Position = 0;
        using var second = (OptimizerHelper)s_makers[name]([w, b]);
        second.load_state_dict(new BinaryReader(file));
        Repeat(10, () => Step(second, w, b));
        w.ShouldBe(s_numbers[$"{name}.w"][19], Tolerance);
    }

    [Fact]
    public void A_step_leaves_nothing_behind()
    {
        using var scope = NewDisposeScope();
        var (w, b) = Start();
        using var optimizer = s_makers["adam_amsgrad"]([w, b]);
        Step(optimizer, w, b);
        var before = (scope.DisposablesCount, LiveTensors.Count());
        optimizer.step();
        (scope.DisposablesCount, LiveTensors.Count()).Should().Be(before);
    }

    [Fact]
    public void States_outlive_the_scope_they_were_made_in_and_go_with_the_optimiser()
    {
        var parameter = new Parameter(ones(3));
        var before = LiveTensors.Count();
        optim.Optimizer optimizer;
        using (NewDisposeScope())
        {
            optimizer = optim.Adam([parameter]);
            (parameter * parameter).sum().backward();
            optimizer.step();
        }
        optimizer.step();
        parameter.ShouldHold([0.998, 0.998, 0.998], 1e-5);
        optimizer.Dispose();
        LiveTensors.Count().Should().Be(before);
        parameter.Dispose();
    }

    [Fact]
    public void Groups_have_their_own_settings_and_take_the_optimisers_where_they_have_none()
    {
        using var scope = NewDisposeScope();
        var (slow, fast) = (new Parameter(ones(1, float64)), new Parameter(ones(1, float64)));
        using var optimizer = optim.SGD([new SGD.ParamGroup([slow], 0.1), new SGD.ParamGroup { Parameters = [fast] }], 0.5);
        optimizer.ParamGroups.Select(g => g.LearningRate).Should().Equal(0.1, 0.5);
        (slow + fast).sum().backward();
        optimizer.step();
        slow.ShouldHold([0.9]);
        fast.ShouldHold([0.5]);
    }

    [Fact]
    public void Parameters_without_a_gradient_stay_and_zero_grad_makes_gradients_zero()
    {
        using var scope = NewDisposeScope();
        var (used, unused) = (new Parameter(ones(2)), new Parameter(ones(2)));
        using var optimizer = optim.SGD([used, unused], 1);
        used.sum().backward();
        optimizer.step();
        used.ShouldHold([0, 0]);
        unused.ShouldHold([1, 1]);
        optimizer.zero_grad();
        used.grad!.ShouldHold([0, 0]);
        unused.grad.Should().BeNull();
    }

    [Fact]
    public void Maximise_goes_the_other_way_and_a_closure_gives_the_loss()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1, float64));
        using var optimizer = optim.SGD([parameter], 0.25, maximize: true);
        var loss = optimizer.step(() =>
        {
            var sum = (parameter * parameter).sum();
            sum.backward();
            return sum;
        });
        loss!.ToDouble().Should().Be(1);
        parameter.ShouldHold([1.5]);
    }

    [Fact]
    public void An_optimiser_made_before_the_module_is_converted_fails_its_next_step()
    {
        using var scope = NewDisposeScope();
        using var module = Linear(2, 1);
        using var optimizer = optim.Adam(module.parameters());
        module.to(float64);
        module.forward(ones(1, 2, float64)).sum().backward();
        var step = () => optimizer.step();
        step.Should().Throw<KeyNotFoundException>();
    }

    [Theory]
    [InlineData(0.5, "0.5")]
    [InlineData(5, "5")]
    [InlineData(1e6, "1e+06")]
    public void Clipping_scales_the_joint_norm_as_PyTorch_does(double most, string key)
    {
        using var scope = NewDisposeScope();
        var (w, b) = Start();
        Loss(w, b).backward();
        nn.utils.clip_grad_norm_([w, b], most).Should().BeApproximately(s_numbers[$"clip.{key}.norm"].ToDouble(), 1e-9);
        w.grad!.ShouldBe(s_numbers[$"clip.{key}.w"], Tolerance);
        b.grad!.ShouldBe(s_numbers[$"clip.{key}.b"], Tolerance);
    }

    private static (Parameter W, Parameter B) Start() => (new Parameter(s_numbers["start.w"]), new Parameter(s_numbers["start.b"]));

    private static Tensor Loss(Parameter w, Parameter b)
        => (s_numbers["x"].mm(w) + b - s_numbers["y"]).pow(4).sum() / 4 / 8;

    private static double Step(optim.Optimizer optimizer, Parameter w, Parameter b)
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = Loss(w, b);
        loss.backward();
        optimizer.step();
        return loss.ToDouble();
    }

    private static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
            action();
    }
}
