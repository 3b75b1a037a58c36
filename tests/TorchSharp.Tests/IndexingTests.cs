namespace TorchSharp.Tests;

/// <summary>Indexing with numbers, slices, new axes and tensors; all but the last give views.</summary>
public sealed class IndexingTests
{
    [Fact]
    public void Numbers_slices_ellipses_and_new_axes_pick_what_they_pick_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        var t = arange(24).reshape(2, 3, 4);
        t[1].ShouldBe(t.narrow(0, 1, 1).squeeze(0), 0);
        t[1, 2, 3].ToInt64().Should().Be(23);
        t[-1, -1, -1].ToInt64().Should().Be(23);
        t[TensorIndex.Colon, 1].shape.Should().Equal(2, 4);
        t[TensorIndex.Ellipsis, 0].ShouldHold([0, 4, 8, 12, 16, 20]);
        t[0, TensorIndex.Ellipsis, TensorIndex.Slice(1, 3)].ShouldHold([1, 2, 5, 6, 9, 10]);
        t[TensorIndex.None, 0].shape.Should().Equal(1, 3, 4);
        t[TensorIndex.Ellipsis, TensorIndex.None].shape.Should().Equal(2, 3, 4, 1);
        t[0, 0, TensorIndex.Slice(0, null, 2)].ShouldHold([0, 2]);
        t[0, 0, TensorIndex.Slice(-2)].ShouldHold([2, 3]);
        t[0, TensorIndex.Slice(stop: -1)].shape.Should().Equal(2, 4);
        t[TensorIndex.Colon, TensorIndex.Tensor(tensor([2L, 0L])), 0].ShouldHold([8, 0, 20, 12]);
    }

    [Fact]
    public void Assigning_writes_into_the_indexed_part()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 3);
        t[1] = ones(3);
        t[0, TensorIndex.Slice(1)] = tensor([5f, 6f]);
        t.ShouldHold([0, 5, 6, 1, 1, 1]);
        t[TensorIndex.Colon, 0] = tensor(9f);
        t.ShouldHold([9, 5, 6, 9, 1, 1]);
    }

    [Fact]
    public void Views_share_memory_and_leave_no_intermediate_behind()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 3);
        var before = scope.DisposablesCount;
        var view = t[1, TensorIndex.Slice(0, 2)];
        scope.DisposablesCount.Should().Be(before + 1);
        view.fill_(4);
        t.ShouldHold([0, 0, 0, 4, 4, 0]);
    }

    [Fact]
    public void Gradients_flow_through_indexing()
    {
        using var scope = NewDisposeScope();
        var t = new Modules.Parameter(ones(2, 3));
        (t[1, TensorIndex.Slice(1)] * 3).sum().backward();
        t.grad!.ShouldHold([0, 0, 0, 0, 3, 3]);
    }

    [Fact]
    public void Selecting_by_index_mask_and_position()
    {
        using var scope = NewDisposeScope();
        var t = arange(6).reshape(2, 3);
        t.index_select(1, tensor([2L, 0L])).ShouldHold([2, 0, 5, 3]);
        t.gather(1, tensor([1L, 2L]).reshape(2, 1)).ShouldHold([1, 5]);
        t.masked_select(t > 3).ShouldHold([4, 5]);
        t.nonzero().shape.Should().Equal(5, 2);
        t.clone().scatter_(1, tensor([0L, 0L]).reshape(2, 1), tensor([7L, 8L]).reshape(2, 1)).ShouldHold([7, 1, 2, 8, 4, 5]);
        where(t > 2, t, zeros_like(t)).ShouldHold([0, 0, 0, 3, 4, 5]);
    }
}
