using TorchSharp.Modules;

namespace TorchSharp.Tests;

/// <summary>Layers against hand values, and against the functional forms that the sweep checks.</summary>
public sealed class LayerTests
{
    [Fact]
    public void Linear_is_x_times_the_transposed_weight_plus_bias()
    {
        using var scope = NewDisposeScope();
        using var layer = Linear(Weight([1, 2, 3, 4], 2, 2), new Parameter(tensor([10f, 20f])));
        layer.forward(tensor([1f, 1f]).reshape(1, 2)).ShouldHold([13, 27]);
        (layer.in_features, layer.out_features).Should().Be((2, 2));
        layer.bias = new Parameter(zeros(2));
        layer.call(tensor([1f, 1f]).reshape(1, 2)).ShouldHold([3, 7]);
        layer.state_dict().Keys.Should().Equal("weight", "bias");
    }

    [Fact]
    public void Activations_do_what_their_names_say()
    {
        using var scope = NewDisposeScope();
        var x = tensor([-1.0, 2.0]);
        ReLU().forward(x).ShouldHold([0, 2]);
        LeakyReLU(0.1).forward(x).ShouldHold([-0.1, 2]);
        ELU(2).forward(x).ShouldHold([2 * (Math.Exp(-1) - 1), 2]);
        Tanh().forward(x).ShouldHold([Math.Tanh(-1), Math.Tanh(2)]);
        Sigmoid().forward(x).ShouldHold([1 / (1 + Math.E), 1 / (1 + Math.Exp(-2))]);
        SiLU().forward(x).ShouldHold([-1 / (1 + Math.E), 2 / (1 + Math.Exp(-2))]);
        GELU().forward(x).ShouldHold([-0.15865525393145707, 1.9544997361036416], 1e-9);
        Softplus().forward(x).ShouldHold([Math.Log(1 + Math.Exp(-1)), Math.Log(1 + Math.Exp(2))]);
        Identity().forward(x).ShouldHold([-1, 2]);
        x.ShouldHold([-1, 2], because: "nothing was done in place");
    }

    [Fact]
    public void In_place_activations_change_their_input()
    {
        using var scope = NewDisposeScope();
        foreach (var layer in (Module<Tensor, Tensor>[])[ReLU(true), LeakyReLU(0.5, true), ELU(1, true), SiLU(true),
            GELU(true), Tanh(true), Sigmoid(true)])
        {
            var x = tensor([-1.0, 2.0]);
            var y = layer.forward(x);
            x.ShouldHold(y.Values(), because: layer.GetName());
            x.Values().Should().NotEqual([-1.0, 2.0]);
        }
    }

    [Fact]
    public void Hardtanh_cuts_off_and_passes_gradients_between_its_limits()
    {
        using var scope = NewDisposeScope();
        var x = tensor([-3.0, 0.5, 2.5], requires_grad: true);
        functional.hardtanh(x).ShouldHold([-1, 0.5, 1]);
        var y = functional.hardtanh(x, -2, 3);
        y.ShouldHold([-2, 0.5, 2.5]);
        y.sum().backward();
        x.grad!.ShouldHold([0, 1, 1]);
        var changed = tensor([-3.0, 4.0]);
        functional.hardtanh(changed, -2, 3, inplace: true).ShouldHold([-2, 3]);
        changed.ShouldHold([-2, 3]);
    }

    [Fact]
    public void Flatten_and_unflatten_undo_each_other()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, 3, 4);
        var flat = Flatten().forward(x);
        flat.shape.Should().Equal(2, 12);
        Unflatten(1, [3, 4]).forward(flat).shape.Should().Equal(2, 3, 4);
    }

    [Fact]
    public void Dropout_scales_what_it_keeps_and_rests_in_evaluation()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        var layer = Dropout(0.25);
        var kept = layer.forward(ones(10000));
        (kept > 0).to(float32).mean().ToDouble().Should().BeApproximately(0.75, 0.02);
        kept.max().ToDouble().Should().BeApproximately(1 / 0.75, 1e-6);
        layer.eval();
        layer.forward(ones(3)).ShouldHold([1, 1, 1]);
    }

    [Fact]
    public void Convolutions_are_sums_over_windows()
    {
        using var scope = NewDisposeScope();
        var image = arange(9).to(float32).reshape(1, 1, 3, 3);
        Filled(Conv2d(1, 1, 2, bias: false)).forward(image).ShouldHold([8, 12, 20, 24]);
        Filled(Conv2d(1, 1, 2, stride: 2, bias: false)).forward(image).ShouldHold([8]);
        Filled(Conv2d(1, 1, 3, padding: 1, bias: false)).forward(image).ShouldHold([8, 15, 12, 21, 36, 27, 20, 33, 24]);
        Filled(Conv2d(1, 1, 3, Padding.Same, bias: false)).forward(image).ShouldHold([8, 15, 12, 21, 36, 27, 20, 33, 24]);
        Filled(Conv2d(1, 1, (2, 1), bias: false)).forward(image).ShouldHold([3, 5, 7, 9, 11, 13]);
        Filled(Conv2d(1, 1, 3, padding: 1, padding_mode: PaddingModes.Replicate, bias: false))
            .forward(image)[0, 0, 0, 0].ToDouble().Should().Be(12);
        Filled(Conv1d(1, 1, 2, bias: false)).forward(arange(4).to(float32).reshape(1, 1, 4)).ShouldHold([1, 3, 5]);
        Filled(Conv3d(1, 1, 2, bias: false)).forward(ones((long[])[1, 1, 2, 2, 3])).ShouldHold([8, 8]);
        Filled(Conv2d(1, 1, 2, bias: false)).forward(image.squeeze(0)).shape.Should().Equal(1, 2, 2);
    }

    [Fact]
    public void Transposed_convolutions_spread_each_number_over_a_window()
    {
        using var scope = NewDisposeScope();
        Filled(ConvTranspose1d(1, 1, 2, stride: 2, bias: false)).forward(tensor([1f, 2f]).reshape(1, 1, 2)).ShouldHold([1, 1, 2, 2]);
        var up = Filled(ConvTranspose2d(1, 1, 2, stride: 2, bias: false));
        up.forward(tensor([1f, 2f]).reshape(1, 1, 1, 2)).ShouldHold([1, 1, 2, 2, 1, 1, 2, 2]);
        up.forward(ones(1, 1, 2, 2), [5, 5]).shape.Should().Equal(1, 1, 5, 5);
        Filled(ConvTranspose3d(1, 1, 2, stride: 2, bias: false)).forward(ones((long[])[1, 1, 1, 1, 2])).sum().ToDouble().Should().Be(16);
        ConvTranspose2d(2, 3, 4, stride: 2, padding: 1).forward(ones(1, 2, 7, 7)).shape.Should().Equal(1, 3, 14, 14);
    }

    [Fact]
    public void Batch_norm_uses_the_batch_in_training_and_running_statistics_in_evaluation()
    {
        using var scope = NewDisposeScope();
        using var layer = BatchNorm1d(1);
        var x = tensor([1f, 3f]).reshape(2, 1);
        layer.forward(x).ShouldHold([-1, 1], 1e-4);
        layer.running_mean!.ShouldHold([0.2], 1e-6);
        layer.running_var!.ShouldHold([1.1], 1e-6);
        layer.num_batches_tracked!.ToInt64().Should().Be(1);
        layer.eval();
        layer.forward(x).ShouldHold([0.8 / Math.Sqrt(1.1), 2.8 / Math.Sqrt(1.1)], 1e-4);
        layer.num_batches_tracked!.ToInt64().Should().Be(1);
        var wrong = () => BatchNorm2d(1).forward(x);
        wrong.Should().Throw<ArgumentException>();
        BatchNorm3d(2).forward(ones((long[])[2, 2, 2, 2, 2])).sum().ToDouble().Should().BeApproximately(0, 1e-4);
    }

    [Fact]
    public void Other_norms_centre_and_scale_their_own_axes()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(0);
        var x = randn(2, 4, 3, 3) * 5 + 2;
        foreach (var axis in (long[][])[[1, 2, 3]])
        {
            Centred(LayerNorm([4, 3, 3]).forward(x), axis);
            Centred(GroupNorm(1, 4).forward(x), axis);
        }
        Centred(InstanceNorm2d(4).forward(x), [2, 3]);
        Centred(InstanceNorm3d(4).forward(x.unsqueeze(2)), [2, 3, 4]);
        LayerNorm(3, bias: false).state_dict().Keys.Should().Equal("weight");
        LayerNorm(3, elementwise_affine: false).state_dict().Keys.Should().BeEmpty();
        InstanceNorm2d(3).state_dict().Keys.Should().BeEmpty();
    }

    [Fact]
    public void Pools_take_the_largest_of_each_window()
    {
        using var scope = NewDisposeScope();
        MaxPool2d(2).forward(arange(16).to(float32).reshape(1, 1, 4, 4)).ShouldHold([5, 7, 13, 15]);
        MaxPool2d(2, stride: 1).forward(arange(9).to(float32).reshape(1, 1, 3, 3)).ShouldHold([4, 5, 7, 8]);
        MaxPool3d(2).forward(arange(8).to(float32).reshape(1, 1, 2, 2, 2)).ShouldHold([7]);
    }

    private static Parameter Weight(float[] values, params long[] shape) => new(tensor(values).reshape(shape));

    private static T Filled<T>(T layer)
        where T : nn.Module
    {
        foreach (var parameter in layer.parameters())
            init.ones_(parameter);
        return layer;
    }

    private static void Centred(Tensor tensor, long[] axes)
    {
        tensor.mean(axes).abs().max().ToDouble().Should().BeLessThan(1e-5);
        tensor.var(axes, unbiased: false).sub(1).abs().max().ToDouble().Should().BeLessThan(1e-3);
    }
}
