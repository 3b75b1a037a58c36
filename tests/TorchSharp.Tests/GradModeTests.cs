using System.Runtime.InteropServices;
using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>When gradients are recorded, and where they go.</summary>
public sealed class GradModeTests
{
    [Fact]
    public void Modes_nest_and_end_with_their_blocks()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(ones(2));
        using (no_grad())
        {
            is_grad_enabled().Should().BeFalse();
            (p * 2).requires_grad.Should().BeFalse();
            using (enable_grad())
                (p * 2).requires_grad.Should().BeTrue();
            (p * 2).requires_grad.Should().BeFalse();
        }
        is_grad_enabled().Should().BeTrue();
        using (inference_mode())
            (p * 2).requires_grad.Should().BeFalse();
        (p * 2).requires_grad.Should().BeTrue();
    }

    [Fact]
    public void Each_thread_has_its_own_mode()
    {
        using var mode = no_grad();
        var there = false;
        var thread = new Thread(() => there = is_grad_enabled());
        thread.Start();
        thread.Join();
        there.Should().BeTrue();
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(tensor([1.0, 2.0]));
        p.grad.Should().BeNull();
        (p * p).sum().backward();
        (p * p).sum().backward();
        p.grad!.ShouldHold([4, 8]);
        p.grad = null;
        p.grad.Should().BeNull();
        p.grad = tensor([5.0, 6.0]);
        p.grad!.ShouldHold([5, 6]);
    }

    [Fact]
    public void A_graph_is_walked_once_unless_kept()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(tensor([3.0]));
        var kept = (p * p).sum();
        kept.backward(retain_graph: true);
        kept.backward();
        p.grad!.ShouldHold([12]);
        var again = () => kept.backward();
        again.Should().Throw<ExternalException>();
    }

    [Fact]
    public void A_gradient_can_be_given_where_the_result_is_not_one_number()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(tensor([1.0, 2.0]));
        (p * p).backward([tensor([1.0, 10.0])]);
        p.grad!.ShouldHold([2, 40]);
        var without = () => (p * p).backward();
        without.Should().Throw<ExternalException>();
    }

    [Fact]
    public void Detached_tensors_share_values_and_record_nothing()
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(ones(2));
        var detached = p.detach();
        detached.requires_grad.Should().BeFalse();
        detached.fill_(4);
        p.ShouldHold([4, 4]);
        var inPlace = () => p.add_(1);
        inPlace.Should().Throw<ExternalException>().WithMessage("*leaf*");
    }

    [Fact]
    public void A_parameter_takes_over_the_tensor_it_is_made_from()
    {
        using var scope = NewDisposeScope();
        var data = ones(2);
        var p = new Parameter(data, requires_grad: false);
        data.IsInvalid.Should().BeTrue();
        p.requires_grad.Should().BeFalse();
        ones(1).AsParameter().requires_grad.Should().BeTrue();
    }
}
