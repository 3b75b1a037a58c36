using System.Runtime.InteropServices;

namespace TorchSharp.Tests;

/// <summary>Getting numbers into tensors and out of them.</summary>
public sealed class DataTests
{
    [Fact]
    public void Arrays_become_tensors_of_their_own_type_and_shape()
    {
        using var scope = NewDisposeScope();
        tensor(new[] { true, false }).dtype.Should().Be(ScalarType.Bool);
        tensor(new byte[] { 1, 2 }).dtype.Should().Be(uint8);
        tensor(new[] { 1, 2 }).dtype.Should().Be(int32);
        tensor(new[] { 1L, 2 }).dtype.Should().Be(int64);
        tensor(new[] { 1f, 2 }).dtype.Should().Be(float32);
        tensor(new[] { 1.0, 2 }).dtype.Should().Be(float64);
        tensor(new[] { 1.0, 2 }, dtype: float32).dtype.Should().Be(float32);
        tensor(new[] { 1f, 2, 3, 4 }, [2, 2]).shape.Should().Equal(2, 2);
        tensor(3.5).shape.Should().BeEmpty();
    }

    [Fact]
    public void A_tensor_is_a_copy_of_the_array()
    {
        using var scope = NewDisposeScope();
        var array = new[] { 1f, 2f };
        var copy = tensor(array);
        array[0] = 9;
        copy.ShouldHold([1, 2]);
    }

    [Fact]
    public void Accessors_read_in_row_major_order_whatever_the_strides()
    {
        using var scope = NewDisposeScope();
        var t = arange(6).reshape(2, 3).t();
        t.is_contiguous().Should().BeFalse();
        t.stride().Should().Equal(1, 3);
        t.data<long>().ToArray().Should().Equal(0, 3, 1, 4, 2, 5);
        t.data<long>().Should().Equal(0, 3, 1, 4, 2, 5);
        t.data<long>().Count.Should().Be(6);
        var target = new long[8];
        t.data<long>().CopyTo(target, arrayIndex: 2);
        target.Should().Equal(0, 0, 0, 3, 1, 4, 2, 5);
        var after = scope.DisposablesCount;
        t.data<long>().ToArray();
        scope.DisposablesCount.Should().BeLessThanOrEqualTo(after + 1, "a copy that was read is not kept for long");
    }

    [Fact]
    public void Accessors_do_not_read_what_is_not_on_the_CPU()
    {
        using var elsewhere = zeros(2, device: new Device(DeviceType.META));
        FluentActions.Invoking(() => elsewhere.data<float>()).Should().Throw<ExternalException>().WithMessage("*meta tensor*");
    }

    [Fact]
    public void Accessors_write_into_contiguous_tensors()
    {
        using var scope = NewDisposeScope();
        var t = zeros(2, 2);
        t.data<float>().CopyFrom([1f, 2f, 3f, 4f]);
        t.ShouldHold([1, 2, 3, 4]);
    }

    [Fact]
    public void The_wrong_element_type_is_refused()
    {
        using var t = ones(1);
        var wrong = () => t.data<double>();
        wrong.Should().Throw<ArgumentException>();
        t.item<float>().Should().Be(1);
    }

    [Fact]
    public void Bytes_are_the_memory_itself()
    {
        using var scope = NewDisposeScope();
        var t = tensor([1f, 2f]);
        t.bytes.ToArray().Should().Equal([.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]);
        BitConverter.GetBytes(7f).CopyTo(t.bytes);
        t.ShouldHold([7, 2]);
        t.bytes = (byte[])[.. BitConverter.GetBytes(3f), .. BitConverter.GetBytes(4f)];
        t.ShouldHold([3, 4]);
    }

    [Fact]
    public void Conversions_round_towards_zero_and_saturate_nowhere()
    {
        using var scope = NewDisposeScope();
        var t = tensor([-1.75, 0.0, 2.75]);
        t.to(int64).ShouldHold([-1, 0, 2]);
        t.@long().dtype.Should().Be(int64);
        t.@bool().ShouldHold([1, 0, 1]);
        t.@float().dtype.Should().Be(float32);
        t.@float().@double().ShouldHold([-1.75, 0, 2.75]);
        tensor([3.0, 255.0]).@byte().ShouldHold([3, 255]);
        t.to(float32, CPU).device_type.Should().Be(DeviceType.CPU);
        t.to(float64).Should().NotBeSameAs(t, "a handle of its own");
        t.to(float64, copy: true).fill_(0);
        t.ShouldHold([-1.75, 0, 2.75]);
        var source = ones(2);
        source.to(float64, disposeAfter: true).dtype.Should().Be(float64);
        source.IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void Single_numbers_come_out_of_any_type()
    {
        using var scope = NewDisposeScope();
        tensor(2.5).ToSingle().Should().Be(2.5f);
        tensor(7).ToInt32().Should().Be(7);
        tensor(7L).ToDouble().Should().Be(7);
        tensor(true).ToBoolean().Should().BeTrue();
        tensor(long.MaxValue - 1).ToInt64().Should().Be(long.MaxValue - 1);
        tensor(2.5).ToScalar().ToDouble().Should().Be(2.5);
        ones(1, 1, 1).ToDouble().Should().Be(1);
    }

    [Fact]
    public void Scalars_promote_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        (ones(1) + 1.5).dtype.Should().Be(float32);
        (arange(1) + 1.5).dtype.Should().Be(float32);
        (arange(1) + 1).dtype.Should().Be(int64);
        (ones(1, float64) * 2f).dtype.Should().Be(float64);
        (tensor(true) + 1).dtype.Should().Be(int64);
        (ones(1) * tensor(2.0)).dtype.Should().Be(float32);
        (ones(1) * tensor([2.0])).dtype.Should().Be(float64);
    }

    [Fact]
    public void Factories_make_what_they_are_asked_for()
    {
        using var scope = NewDisposeScope();
        arange(2, 8, 2).ShouldHold([2, 4, 6]);
        linspace(0, 1, 5).ShouldHold([0, 0.25, 0.5, 0.75, 1], 1e-7);
        eye(2).ShouldHold([1, 0, 0, 1]);
        full(2, 2, 3.5).ShouldHold([3.5, 3.5, 3.5, 3.5]);
        zeros_like(ones(2, 2, float64)).dtype.Should().Be(float64);
        full_like(ones(2), 4).ShouldHold([4, 4]);
        empty_like(ones(2, 3)).shape.Should().Equal(2, 3);
        ones(2, requires_grad: true).requires_grad.Should().BeTrue();
        rand_like(ones(3)).shape.Should().Equal(3);
        var t = ones(2, 3);
        (t.numel(), t.dim(), t.size(-1), t.element_size(), t.ndim).Should().Be((6, 2, 3, 4, 2));
    }
}
