namespace TorchSharp.Tests;

/// <summary>Operators that the sweep against PyTorch leaves out, against values by hand; x is [1, -2, 0.5].</summary>
public sealed class HandValueTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Call, double[] Expected)> s_values = new()
    {
        ["sinh"] = (x => x.sinh(), [Math.Sinh(1), Math.Sinh(-2), Math.Sinh(0.5)]),
        ["cosh"] = (x => x.cosh(), [Math.Cosh(1), Math.Cosh(-2), Math.Cosh(0.5)]),
        ["log_sigmoid"] = (x => x.log_sigmoid(), [-Math.Log(1 + Math.Exp(-1)), -Math.Log(1 + Math.Exp(2)), -Math.Log(1 + Math.Exp(-0.5))]),
        ["nan_to_num"] = (x => (x - 1).log().nan_to_num(nan: 9, neginf: -5), [-5, 9, 9]),
        ["logical_or"] = (x => (x > 0.7).logical_or(x < 0), [1, 1, 0]),
        ["expand_as"] = (x => tensor(3.0).expand_as(x), [3, 3, 3]),
        ["unflatten"] = (x => x.unflatten(0, 3, 1).sum(1), [1, -2, 0.5]),
        ["alias"] = (x => x.alias(), [1, -2, 0.5]),
        ["clone"] = (x => x.clone(), [1, -2, 0.5]),
        ["less"] = (x => x <= 0.5, [0, 1, 1]),
        ["greater"] = (x => x >= tensor([1.0, 0, 1]), [1, 0, 0]),
        ["minus_from_scalar"] = (x => 1 - x, [0, 3, 0.5]),
        ["scalar_plus"] = (x => 1 + x, [2, -1, 1.5]),
        ["scalar_times"] = (x => 2 * x, [2, -4, 1]),
        ["tensor_over_tensor"] = (x => x / tensor([2.0, 4, 8]), [0.5, -0.5, 0.0625]),
        ["ones_like"] = (x => ones_like(x), [1, 1, 1]),
        ["dropout_off"] = (x => functional.dropout(x, 0.5, training: false), [1, -2, 0.5]),
        ["conv_transpose1d"] = (x => functional.conv_transpose1d(x.reshape(1, 1, 3), ones(1, 1, 2, float64)).flatten(), [1, -1, -1.5, 0.5]),
    };

    // Each changes x, but for sqrt_, which changes what abs makes of it, and gives back what it changed.
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Change, double[] Expected)> s_changes = new()
    {
        ["add_"] = (x => x.add_(1), [2, -1, 1.5]),
        ["add_tensor_"] = (x => x.add_(tensor([1.0, 1, 2]), 0.5), [1.5, -1.5, 1.5]),
        ["sub_"] = (x => x.sub_(tensor([1.0, 1, 2])), [0, -3, -1.5]),
        ["mul_"] = (x => x.mul_(-2), [-2, 4, -1]),
        ["div_"] = (x => x.div_(4), [0.25, -0.5, 0.125]),
        ["addcmul_"] = (x => x.addcmul_(tensor([1.0, 2, 3]), tensor([3.0, 2, 1]), 2), [7, 6, 6.5]),
        ["addcdiv_"] = (x => x.addcdiv_(tensor([1.0, 2, 3]), tensor([2.0, 2, 2]), 2), [2, 0, 3.5]),
        ["lerp_"] = (x => x.lerp_(tensor([3.0, 2, 0.5]), full(3, 0.25, float64)), [1.5, -1, 0.5]),
        ["clamp_"] = (x => x.clamp_(-1, 0.75), [0.75, -1, 0.5]),
        ["gt_"] = (x => x.gt_(0.7), [1, 0, 0]),
        ["fill_"] = (x => x.fill_(3), [3, 3, 3]),
        ["set_"] = (x => x.set_(tensor([4.0, 5])), [4, 5]),
        ["zero_"] = (x => x.zero_(), [0, 0, 0]),
        ["copy_"] = (x => x.copy_(tensor([7f, 8f, 9f])), [7, 8, 9]),
        ["exp_"] = (x => x.exp_(), [Math.E, Math.Exp(-2), Math.Exp(0.5)]),
        ["sqrt_"] = (x => x.abs().sqrt_(), [1, Math.Sqrt(2), Math.Sqrt(0.5)]),
        ["relu_"] = (x => x.relu_(), [1, 0, 0.5]),
        ["tanh_"] = (x => x.tanh_(), [Math.Tanh(1), Math.Tanh(-2), Math.Tanh(0.5)]),
        ["sigmoid_"] = (x => x.sigmoid_(), [1 / (1 + Math.Exp(-1)), 1 / (1 + Math.Exp(2)), 1 / (1 + Math.Exp(-0.5))]),
        ["masked_fill_"] = (x => x.masked_fill_(x > 0.7, 9), [9, -2, 0.5]),
        ["bernoulli_"] = (x => x.bernoulli_(1), [1, 1, 1]),
    };

    public static TheoryData<string> ValueNames => new(s_values.Keys);

    public static TheoryData<string> ChangeNames => new(s_changes.Keys);

    [Theory]
    [MemberData(nameof(ValueNames))]
    public void The_value_is_the_one_by_hand(string name)
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, -2, 0.5]);
        s_values[name].Call(x).ShouldHold(s_values[name].Expected);
        x.ShouldHold([1, -2, 0.5], because: "the input stays");
    }

    [Theory]
    [MemberData(nameof(ChangeNames))]
    public void The_tensor_itself_changes_and_its_values_are_given_back(string name)
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, -2, 0.5]);
        var result = s_changes[name].Change(x);
        result.ShouldHold(s_changes[name].Expected);
        x.ShouldHold(name == "sqrt_" ? [1, -2, 0.5] : s_changes[name].Expected);
    }

    [Fact]
    public void Closeness_is_relative_and_absolute()
    {
        using var scope = NewDisposeScope();
        tensor([1.0, 1000]).allclose(tensor([1 + 1e-6, 1000.005])).Should().BeTrue();
        tensor([1.0, 1000]).allclose(tensor([1.0, 1000.1])).Should().BeFalse();
        tensor([1.0]).allclose(tensor([1.5]), atol: 1).Should().BeTrue();
    }

    [Fact]
    public void Devices_are_read_and_written_as_text()
    {
        device("cpu").ToString().Should().Be("cpu");
        device("meta").type.Should().Be(DeviceType.META);
        device(DeviceType.CPU).ToString().Should().Be("cpu");
        var nonsense = () => device("nonsense");
        nonsense.Should().Throw<ArgumentException>();
        using var tensor = ones(1);
        tensor.device.ToString().Should().Be("cpu");
        tensor.is_cuda.Should().BeFalse();
    }

    [Fact]
    public void Without_CUDA_asking_for_it_is_an_error_and_not_a_crash()
    {
        if (cuda.is_available())
            return;
        using var tensor = ones(1);
        cuda.device_count().Should().Be(0);
        var move = () => tensor.cuda();
        var make = () => ones(1, device: CUDA);
        move.Should().Throw<Exception>();
        make.Should().Throw<Exception>();
    }
}
