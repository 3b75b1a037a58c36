namespace TorchSharp.Tests;

/// <summary>The same seed gives the same first weights as in PyTorch, number for number.</summary>
public sealed class InitialWeightTests
{
    private static readonly Fixture s_numbers = new("initial-weights");

    private static readonly Dictionary<string, Func<nn.Module>> s_makers = new()
    {
        ["linear"] = () => Linear(7, 5),
        ["linear_no_bias"] = () => Linear(7, 5, hasBias: false),
        ["linear_wide"] = () => Linear(33, 4),
        ["conv1d"] = () => Conv1d(3, 4, 3),
        ["conv2d"] = () => Conv2d(3, 4, 3),
        ["conv2d_groups"] = () => Conv2d(4, 6, (3, 2), groups: 2),
        ["conv_transpose2d"] = () => ConvTranspose2d(3, 4, 4),
        ["conv3d"] = () => Conv3d(2, 3, 3),
        ["conv_transpose3d"] = () => ConvTranspose3d(2, 3, 2),
    };

    public static TheoryData<string> Layers => new(s_makers.Keys);

    [Theory]
    [MemberData(nameof(Layers))]
    public void Weights_are_those_that_PyTorch_draws(string name)
    {
        foreach (var seed in (long[])[0, 1234])
        {
            random.manual_seed(seed);
            using var module = s_makers[name]();
            var state = module.state_dict();
            var keys = s_numbers.Keys.Where(k => k.StartsWith($"{seed}.{name}.", StringComparison.Ordinal)).Select(k => k.Split('.')[2]);
            state.Keys.Should().BeEquivalentTo(keys);
            foreach (var (key, value) in state)
                value.ShouldBe(s_numbers[$"{seed}.{name}.{key}"], 1e-7);
        }
    }

    // Bounds and moments, by the papers' formulas; 60 000 draws put the deviation within 1 % with room to spare.
    [Fact]
    public void Uniform_draws_fill_their_bounds()
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var weight = empty(200, 300);
        Range(init.xavier_uniform_(weight, 2)).Should().BeApproximately(2 * Math.Sqrt(6.0 / 500), 1e-3);
        Range(init.kaiming_uniform_(weight, 1)).Should().BeApproximately(Math.Sqrt(3.0 / 300), 1e-3);
        Range(init.kaiming_uniform_(weight, 0, init.FanInOut.FanOut)).Should().BeApproximately(Math.Sqrt(6.0 / 200), 1e-3);
        Range(init.uniform_(weight, -3, 3)).Should().BeApproximately(3, 1e-3);
    }

    [Fact]
    public void Normal_draws_have_the_deviation_asked_for()
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var weight = empty(200, 300);
        init.kaiming_normal_(weight, nonlinearity: init.NonlinearityType.ReLU);
        weight.std().ToDouble().Should().BeApproximately(Math.Sqrt(2.0 / 300), 1e-3);
        init.normal_(weight, 5, 0.5);
        weight.mean().ToDouble().Should().BeApproximately(5, 0.02);
        weight.std().ToDouble().Should().BeApproximately(0.5, 0.01);
    }

    [Fact]
    public void Constants_are_written_into_parameters_without_a_gradient()
    {
        using var parameter = new Modules.Parameter(empty(2));
        init.zeros_(parameter).ShouldHold([0, 0]);
        init.ones_(parameter).ShouldHold([1, 1]);
        init.constant_(parameter, 2.5).ShouldHold([2.5, 2.5]);
        parameter.requires_grad.Should().BeTrue();
        parameter.is_leaf.Should().BeTrue();
    }

    [Theory]
    [InlineData(init.NonlinearityType.Linear, 0, 1)]
    [InlineData(init.NonlinearityType.Conv3D, 0, 1)]
    [InlineData(init.NonlinearityType.Sigmoid, 0, 1)]
    [InlineData(init.NonlinearityType.Tanh, 0, 5.0 / 3)]
    [InlineData(init.NonlinearityType.ReLU, 0, 1.4142135623730951)]
    [InlineData(init.NonlinearityType.LeakyReLU, 3, 0.4472135954999579)]
    public void Gains_are_PyTorchs(init.NonlinearityType kind, double slope, double gain)
        => init.calculate_gain(kind, slope).Should().BeApproximately(gain, 1e-15);

    private static double Range(Tensor tensor) => Math.Max(tensor.max().ToDouble(), -tensor.min().ToDouble());
}
