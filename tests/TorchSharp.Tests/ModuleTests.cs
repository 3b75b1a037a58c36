using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>What modules hold, under which names, and for how long.</summary>
public sealed class ModuleTests
{
    private static readonly string[] s_parameterNames =
        ["scale", "first.weight", "first.bias", "trunk.in.weight", "trunk.in.bias", "trunk.out.weight", "trunk.out.bias"];

    [Fact]
    public void Names_come_parameters_first_then_buffers_and_children_before_grandchildren()
    {
        using var module = new Parts();
        module.named_parameters().Select(p => p.name).Should().Equal(s_parameterNames);
        module.named_buffers(include_nonpersistent: false).Select(b => b.name).Should().Equal("mean");
        module.named_children().Select(m => m.name).Should().Equal("first", "trunk");
        module.named_modules().Select(m => m.name).Should().Equal("first", "trunk", "trunk.in", "trunk.act", "trunk.out");
        module.state_dict().Keys.Should().Equal([.. s_parameterNames, "mean"]);
        module.state_dict(prefix: "model").Keys.First().Should().Be("model.scale");
        module.parameters(recurse: false).Should().ContainSingle();
        module.GetName().Should().Be("Parts");
    }

    [Fact]
    public void Things_are_found_by_their_names()
    {
        using var module = new Parts();
        module.get_parameter("trunk.in.bias")!.shape.Should().Equal(3);
        module.get_buffer("mean")!.shape.Should().Equal(2);
        module.has_parameter("trunk.in.bias").Should().BeTrue();
        module.has_parameter("mean").Should().BeFalse();
        module.has_buffer("mean").Should().BeTrue();
    }

    [Fact]
    public void A_parameter_that_two_modules_share_is_listed_once()
    {
        using var shared = Linear(2, 2);
        using var both = Sequential(("a", shared), ("b", shared));
        both.named_parameters().Select(p => p.name).Should().Equal("a.weight", "a.bias");
    }

    [Fact]
    public void Names_are_taken_once_and_have_no_dots()
    {
        using var module = new Parts();
        using var other = Linear(1, 1);
        Refused<InvalidOperationException>(() => module.register_module("first", other));
        Refused<ArgumentException>(() => module.register_module("a.b", other));
        Refused<InvalidOperationException>(() => module.register_parameter("scale", new Parameter(ones(1))));
        Refused<InvalidOperationException>(() => module.register_buffer("mean", ones(1)));
    }

    [Fact]
    public void What_a_module_registers_stays_with_the_scope_it_was_made_in()
    {
        Parts module;
        using (var scope = NewDisposeScope())
        {
            module = new Parts();
            Tensor[] registered = [module.get_parameter("scale")!, module.get_buffer("mean")!, module.get_buffer("scratch")!];
            scope.DisposablesCount.Should().Be(3);
            registered.Should().OnlyContain(tensor => scope.Contains(tensor));
        }
        module.get_parameter("scale")!.IsInvalid.Should().BeTrue("a module of one's own detaches what it registers");
        module.get_parameter("first.weight")!.IsInvalid.Should().BeFalse("TorchSharp's layers do so");
        module.Dispose();
    }

    [Fact]
    public void What_a_module_holds_goes_with_it()
    {
        var module = new Parts();
        var before = LiveTensors.Count();
        using (NewDisposeScope())
            module.forward(ones(1, 2)).sum().backward();
        LiveTensors.Count().Should().Be(before);
        module.Dispose();
        module.Dispose();
        LiveTensors.Count().Should().Be(before - 8, "it has seven parameters and a buffer, and a temporary one that stays");
        var use = () => module.forward(ones(1, 2));
        use.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Train_and_eval_reach_all_modules()
    {
        using var module = new Parts();
        module.training.Should().BeTrue();
        module.eval();
        module.modules().Append(module).Should().OnlyContain(m => !m.training);
        module.train();
        module.modules().Append(module).Should().OnlyContain(m => m.training);
    }

    [Fact]
    public void Apply_visits_every_module_and_zero_grad_forgets_gradients()
    {
        using var scope = NewDisposeScope();
        using var module = new Parts();
        var visited = new List<string>();
        module.apply(m => visited.Add(m.GetName()));
        visited.Should().BeEquivalentTo("Linear", "Linear", "Tanh", "Linear", "torch::nn::SequentialImpl", "Parts");
        module.forward(ones(1, 2)).sum().backward();
        module.get_parameter("first.weight")!.grad.Should().NotBeNull();
        module.zero_grad();
        module.parameters().Select(p => p.grad).Should().OnlyContain(g => ReferenceEquals(g, null));
    }

    [Fact]
    public void A_sequence_of_nothing_gives_its_input_and_others_apply_in_order()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, -2.0]);
        Sequential().forward(x).ShouldHold([1, -2]);
        using var steps = Sequential(ReLU(), Softplus());
        steps.append(Identity()).append("last", Sigmoid());
        steps.Count.Should().Be(4);
        steps.named_children().Select(c => c.name).Should().Equal("0", "1", "2", "last");
        var before = scope.DisposablesCount;
        var y = steps.forward(x);
        y.ShouldHold([Sigma(Math.Log(1 + Math.E)), Sigma(Math.Log(2))], 1e-12);
        scope.DisposablesCount.Should().Be(before + 1, "only the result stays");
    }

    [Fact]
    public void Fields_are_registered_under_their_own_names_when_a_module_becomes_part_of_another()
    {
        using var module = new ByField();
        module.state_dict().Keys.Should().BeEmpty();
        using var outer = new Whole(module);
        outer.state_dict().Keys.Should().Equal("part._gain", "part._inner.weight", "part._inner.bias", "part._offset");
        using var byHand = new Whole(new Parts());
        string[] expected = [.. s_parameterNames.Select(n => "part." + n), "part.mean"];
        byHand.state_dict().Keys.Should().Equal(expected, "it overrides RegisterComponents");
    }

    private static void Refused<T>(Action action)
        where T : Exception => action.Should().Throw<T>();

    private static double Sigma(double x) => 1 / (1 + Math.Exp(-x));

    private sealed class Whole : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> _part;

        public Whole(Module<Tensor, Tensor> part)
            : base(nameof(Whole)) => register_module("part", _part = part);

        public override Tensor forward(Tensor input) => _part.forward(input);
    }

    private sealed class ByField : Module<Tensor, Tensor>
    {
        private readonly Linear _inner = Linear(1, 1);
        private readonly Parameter _gain = new(ones(1));
        private readonly Tensor _offset = zeros(1);

        public ByField()
            : base(nameof(ByField))
        {
        }

        public override Tensor forward(Tensor input) => _inner.forward(input) * _gain + _offset;
    }
}
