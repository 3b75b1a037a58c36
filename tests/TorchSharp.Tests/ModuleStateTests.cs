using System.Runtime.InteropServices;
using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>Loading state dictionaries, and moving modules between number types.</summary>
public sealed class ModuleStateTests
{
    [Fact]
    public void Loading_copies_values_and_keeps_the_tensors()
    {
        using var scope = NewDisposeScope();
        using var source = new Parts();
        using var target = new Parts();
        var own = target.get_parameter("scale");
        using (no_grad())
            source.get_parameter("scale")!.fill_(7);
        var (missing, unexpected) = target.load_state_dict(source.state_dict());
        (missing.Count + unexpected.Count).Should().Be(0);
        target.get_parameter("scale").Should().BeSameAs(own);
        foreach (var (key, value) in target.state_dict())
            value.ShouldBe(source.state_dict()[key], 0, key);
    }

    [Fact]
    public void Keys_that_differ_are_refused_or_reported()
    {
        using var scope = NewDisposeScope();
        using var module = new Parts();
        var state = module.state_dict();
        state.Remove("mean");
        state["extra"] = ones(1);
        var strict = () => module.load_state_dict(state);
        strict.Should().Throw<InvalidOperationException>();
        var (missing, unexpected) = module.load_state_dict(state, strict: false);
        missing.Should().Equal("mean");
        unexpected.Should().Equal("extra");
        module.load_state_dict(state, skip: ["mean", "extra"]);
    }

    [Fact]
    public void Another_shape_is_a_native_error()
    {
        using var scope = NewDisposeScope();
        using var module = Linear(2, 2);
        var state = new Dictionary<string, Tensor> { ["weight"] = ones(3, 2), ["bias"] = ones(2) };
        var load = () => module.load_state_dict(state);
        load.Should().Throw<ExternalException>();
    }

    [Fact]
    public void Converting_changes_floating_tensors_only_and_gives_back_the_module()
    {
        using var scope = NewDisposeScope();
        using var module = Sequential(Linear(2, 2), BatchNorm1d(2));
        module.forward(ones(3, 2)).sum().backward();
        module.to(float64).Should().BeSameAs(module);
        module.parameters().Should().OnlyContain(p => p.dtype == float64 && p.is_leaf && p.requires_grad);
        module.get_parameter("1.weight")!.grad!.dtype.Should().Be(float64);
        module.get_buffer("1.running_mean")!.dtype.Should().Be(float64);
        module.get_buffer("1.num_batches_tracked")!.dtype.Should().Be(int64);
        module.forward(ones(3, 2, float64)).dtype.Should().Be(float64);
        ((Module<Tensor, Tensor>)module.@float()).forward(ones(3, 2)).dtype.Should().Be(float32);
    }

    [Fact]
    public void Going_where_it_is_already_changes_nothing()
    {
        using var module = new Parts();
        var before = module.parameters().ToArray();
        module.to(CPU).to(float32).cpu().to("cpu").to(CPU, float32);
        module.parameters().Should().Equal(before);
    }

    [Fact]
    public void A_field_with_the_registered_name_follows_the_conversion()
    {
        using var scope = NewDisposeScope();
        using var module = new NamedField();
        var before = module.scale;
        module.to(float64);
        module.scale.Should().NotBeSameAs(before);
        module.forward(ones(1, float64)).dtype.Should().Be(float64);
    }

    [Fact]
    public void Conversion_disposes_of_what_was_and_leaves_nothing_in_the_scope()
    {
        using var module = new Parts();
        using var scope = NewDisposeScope();
        Tensor[] old = [.. module.parameters(), .. module.buffers()];
        module.to(float64);
        old.Should().HaveCount(8).And.OnlyContain(tensor => tensor.IsInvalid);
        module.parameters().Should().OnlyContain(parameter => !parameter.IsInvalid);
        scope.DisposablesCount.Should().Be(0);
    }

    private sealed class NamedField : Module<Tensor, Tensor>
    {
        public readonly Parameter scale = new(ones(1));

        public NamedField()
            : base(nameof(NamedField)) => register_parameter(nameof(scale), scale);

        public override Tensor forward(Tensor input) => input * scale;
    }
}
