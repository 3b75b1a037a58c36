namespace TorchSharp.Tests;

/// <summary>Who disposes what, and when.</summary>
public sealed class DisposeScopeTests
{
    [Fact]
    public void The_innermost_scope_owns_what_is_made_and_disposes_it()
    {
        Tensor outerTensor, innerTensor;
        using (var outer = NewDisposeScope())
        {
            outerTensor = ones(1);
            using (var inner = NewDisposeScope())
            {
                innerTensor = ones(1);
                (outer.DisposablesCount, inner.DisposablesCount).Should().Be((1, 1));
                inner.Contains(innerTensor).Should().BeTrue();
                outer.Contains(innerTensor).Should().BeFalse();
            }
            innerTensor.IsInvalid.Should().BeTrue();
            outerTensor.IsInvalid.Should().BeFalse();
        }
        outerTensor.IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void A_tensor_moves_outwards_one_scope_at_a_time_and_out_of_the_last()
    {
        Tensor moved;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                using (NewDisposeScope())
                    moved = ones(1).MoveToOuterDisposeScope().MoveToOuterDisposeScope();
                moved.IsInvalid.Should().BeFalse();
            }
            outer.Contains(moved).Should().BeTrue();
            moved.MoveToOuterDisposeScope();
            outer.DisposablesCount.Should().Be(0);
        }
        moved.IsInvalid.Should().BeFalse();
        moved.Dispose();
    }

    [Fact]
    public void A_detached_tensor_belongs_to_nobody_until_a_scope_takes_it()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(1).DetachFromDisposeScope();
        scope.DisposablesCount.Should().Be(0);
        using (var other = NewDisposeScope())
            tensor.MoveToOtherDisposeScope(other);
        tensor.IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void A_scope_gives_a_tensor_to_another_scope()
    {
        using var first = NewDisposeScope();
        var tensor = ones(1);
        using (var second = NewDisposeScope())
        {
            tensor.MoveToOtherDisposeScope(second);
            (first.DisposablesCount, second.DisposablesCount).Should().Be((0, 1));
            second.MoveToOther(first, tensor);
        }
        tensor.IsInvalid.Should().BeFalse();
        first.Detach(tensor).Dispose();
    }

    [Fact]
    public void Disposing_by_hand_takes_a_tensor_off_its_scope()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(1);
        tensor.Dispose();
        tensor.Dispose();
        scope.DisposablesCount.Should().Be(0);
        var use = () => tensor.sum();
        use.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Everything_can_be_disposed_while_the_scope_goes_on()
    {
        using var scope = NewDisposeScope();
        var first = ones(1);
        scope.DisposeEverything();
        first.IsInvalid.Should().BeTrue();
        var second = ones(1);
        scope.DisposablesCount.Should().Be(1);
        second.IsInvalid.Should().BeFalse();
    }

    [Fact]
    public void Scopes_disposed_out_of_order_leave_the_rest_in_place()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        var ofInner = ones(1);
        outer.Dispose();
        ofInner.IsInvalid.Should().BeFalse();
        var later = ones(1);
        inner.Contains(later).Should().BeTrue("the inner scope is still the current one");
        inner.Dispose();
        inner.Dispose();
        later.IsInvalid.Should().BeTrue();
        using var afterwards = ones(1);
        afterwards.IsInvalid.Should().BeFalse("no scope is left");
    }

    [Fact]
    public void Each_thread_has_its_own_scopes()
    {
        using var scope = NewDisposeScope();
        Tensor other = null!;
        var thread = new Thread(() =>
        {
            using var own = NewDisposeScope();
            other = ones(1).DetachFromDisposeScope();
            _ = ones(1);
        });
        thread.Start();
        thread.Join();
        scope.DisposablesCount.Should().Be(0);
        other.Dispose();
    }

    [Fact]
    public void Statistics_count_this_threads_tensors()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        using var outside = ones(1);
        using (NewDisposeScope())
        {
            var (first, second, third) = (ones(1), ones(1), ones(1));
            first.Dispose();
            second.DetachFromDisposeScope().Dispose();
            (third + 1).MoveToOuterDisposeScope().Dispose();
        }
        (statistics.CreatedOutsideScopeCount, statistics.CreatedInScopeCount).Should().Be((1, 4));
        statistics.ThreadTotalLiveCount.Should().Be(1);
        statistics.DetachedFromScopeCount.Should().BeGreaterThan(0);
    }

    [Fact]
    public void A_scope_holds_tensors_and_refuses_other_disposables()
    {
        using var scope = NewDisposeScope();
        using var thing = new MemoryStream();
        var attach = () => scope.Attach(thing);
        attach.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_scope_shows_what_it_holds_and_lets_all_of_it_go()
    {
        Tensor kept;
        using (var scope = NewDisposeScope())
        {
            kept = ones(1);
            scope.DisposablesView.Should().Equal(kept);
            scope.Detach(scope.DisposablesView);
            scope.DisposablesCount.Should().Be(0);
        }
        kept.IsInvalid.Should().BeFalse();
        kept.Dispose();
    }
}
